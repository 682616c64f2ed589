package io.mambapkd.bench.model;

import java.util.Comparator;
import java.util.EnumMap;
import java.util.Map;

/**
 * How long an operation or a training step should take: its launches one after the other.
 *
 * @param device that is modelled
 * @param kernels the model of its kernels
 * @param tables of the kernels
 */
record OperationModel(Device device, KernelModel kernels, Tables tables) {
    private static final double TERA = 1e12;
    private static final double FLOPS_OF_A_MULTIPLICATION = 2;

    static OperationModel of(Device device) {
        Tables tables = Tables.packed();
        return new OperationModel(device, new KernelModel(device, tables), tables);
    }

    /**
     * @param operation what is predicted
     * @return its time, what takes most of it, and whether there are kernels whose loops are not counted
     */
    Prediction predict(PlannedOperation operation) {
        Map<KernelModel.Limit, Double> shares = new EnumMap<>(KernelModel.Limit.class);
        double memory = 0;
        double compute = 0;
        double all = 0;
        int nodes = 0;
        boolean whole = true;
        // All bytes of an operation are taken to be those of the kernel that computes longest: sums of what its blocks
        // left may have more threads.
        PlannedWork largest = operation.work().stream()
                .filter(PlannedWork::isKernel)
                .max(Comparator.comparingDouble(work -> kernels.launch(work, 0).compute()))
                .orElse(null);
        for (PlannedWork work : operation.work()) {
            KernelModel.Time time = time(operation, work, work.equals(largest));
            shares.merge(time.limit(), work.launches() * time.microseconds(), Double::sum);
            memory += work.launches() * time.memory();
            compute += work.launches() * time.compute();
            all += work.launches() * time.microseconds();
            nodes += work.launches();
            whole &= !work.isKernel() || tables.knowsLoops(work.name());
        }
        KernelModel.Limit limit = shares.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(KernelModel.Limit.NODE);
        return new Prediction(
                operation.name(),
                operation.variant(),
                operation.precision(),
                operation.size(),
                operation.extents(),
                nodes,
                all,
                memory,
                compute,
                limit.words(),
                whole,
                0);
    }

    private KernelModel.Time time(PlannedOperation operation, PlannedWork work, boolean largest) {
        if (work.isKernel()) {
            double bytes = (double) work.bytes();
            if (!operation.isStep()) {
                bytes = largest ? ownBytes(operation) : 0;
            }
            return kernels.launch(work, bytes);
        }
        double idle = device.node() + KernelModel.RAMP;
        double memory = device.memory((double) work.bytes());
        if (!work.isOfLibrary()) {
            return new KernelModel.Time(memory + idle, KernelModel.Limit.MEMORY, memory, 0);
        }
        double rate = device.limit(operation.precision().equals("f32") ? "float" : "tensor") * TERA;
        double arithmetic = FLOPS_OF_A_MULTIPLICATION * work.arguments().get(0).doubleValue() / rate * 1e6;
        return new KernelModel.Time(Math.max(memory, arithmetic) + idle, KernelModel.Limit.LIBRARY, memory, arithmetic);
    }

    /** What is left of the bytes of an operation for its kernels. */
    private static double ownBytes(PlannedOperation operation) {
        long library = operation.work().stream()
                .filter(PlannedWork::isOfLibrary)
                .mapToLong(work -> work.launches() * work.bytes())
                .sum();
        return Math.max(0.0, (double) (operation.bytes() - library));
    }
}
