package io.mambapkd.bench.kernels;

import io.mambapkd.bench.kernels.Measurement.Outcome;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DeviceCheck;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.ops.cuda.failures.UnusableDeviceException;
import io.mambapkd.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Measures operations on a CUDA device: first whether they are right, then how long they take. */
public final class KernelBench {
    /** Of the free memory; the rest is for graphs, scratch memory and the small tensors of the check. */
    private static final double SHARE_OF_MEMORY = 0.75;

    /** Of a tensor: operations count them in 32 bits. */
    private static final long MOST_ELEMENTS = Integer.MAX_VALUE;

    /** How much is done. */
    public enum Effort {
        /** Named sizes, and as many launches as it takes to tell a time. */
        FULL,
        /** Small sizes, and two launches: shows that everything works, not how fast it is. */
        QUICK
    }

    /**
     * What to measure.
     *
     * @param shapes sizes, each for the operations of its kind
     * @param operations names; empty for all
     * @param variants names; empty for all
     * @param seconds after which nothing new is begun
     */
    public record Plan(
            List<KernelShape> shapes, List<String> operations, List<String> variants, Effort effort, int seconds) {
        public Plan {
            shapes = List.copyOf(shapes.isEmpty() ? KernelShape.NAMED : shapes);
            operations = List.copyOf(operations);
            variants = List.copyOf(variants);
            KernelOperations.selected(operations, variants);
        }
    }

    private final CudaBackend device;
    private final Plan plan;
    private final LaunchTimer timer;
    private final KernelCheck check;
    private String stopped = "";

    /** @param cpu the specification */
    public KernelBench(Backend cpu, CudaBackend device, Plan plan) {
        this.device = device;
        this.plan = plan;
        this.timer = plan.effort() == Effort.QUICK ? LaunchTimer.QUICK : LaunchTimer.FULL;
        this.check = new KernelCheck(cpu, device);
    }

    /** Measures what the device can do at most. */
    public Ceilings ceilings() {
        return new CeilingTimer(device, timer).measure();
    }

    /**
     * Measures everything that is planned, the first size of every operation before the second of any, and tells each result as soon as it is known. What fails
     * is a result, and the next one is measured, until the device is lost: see {@link #stopped}.
     *
     * @return all results, sizes of an operation together
     */
    public List<Measurement> measure(Consumer<Measurement> results) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(plan.seconds());
        List<KernelOperation> operations = KernelOperations.selected(plan.operations(), plan.variants());
        List<List<Measurement>> rows = new ArrayList<>();
        operations.forEach(operation -> rows.add(new ArrayList<>()));
        for (int size = 0; size < plan.shapes().size(); size++) {
            for (int i = 0; i < operations.size(); i++) {
                List<KernelShape> shapes = shapesOf(operations.get(i));
                List<DType> types = size < shapes.size() ? operations.get(i).types() : List.of();
                for (DType type : types) {
                    if (!stopped.isEmpty()) {
                        break;
                    }
                    Measurement row = measure(operations.get(i), shapes.get(size), type, deadline);
                    if (row.outcome() == Outcome.FAILED) {
                        stopped = DeviceCheck.lost(device).orElse("");
                    }
                    rows.get(i).add(row);
                    results.accept(row);
                }
            }
        }
        return rows.stream().flatMap(List::stream).toList();
    }

    /** Why the device can no longer be used, so that the rest was not measured; empty if everything was. */
    public String stopped() {
        return stopped;
    }

    private List<KernelShape> shapesOf(KernelOperation operation) {
        return plan.shapes().stream()
                .filter(shape -> shape.kind() == operation.kind())
                .map(shape -> plan.effort() == Effort.QUICK ? shape.quick() : shape)
                .toList();
    }

    private Measurement measure(KernelOperation operation, KernelShape shape, DType type, long deadline) {
        Measurement nothing = new Measurement(
                operation.name(),
                operation.variant(),
                type.name().toLowerCase(Locale.ROOT),
                shape.name(),
                shape.description(),
                Outcome.SKIPPED,
                "",
                new Work(0, 0, 0),
                0,
                0,
                List.of());
        if (System.nanoTime() >= deadline) {
            return nothing.skipped("no time was left of the " + plan.seconds() + " s");
        }
        if (!device.supports(type)) {
            return nothing.skipped("this device has no " + type);
        }
        if (!operation.offer().has(device, shape, type)) {
            return nothing.skipped("this device has no kernel for it at this size, where layers launch several");
        }
        if (shape.elements() > MOST_ELEMENTS) {
            return nothing.skipped("has tensors of more than " + MOST_ELEMENTS + " elements; make the batch smaller");
        }
        try {
            return measure(operation, shape, type, nothing);
        } catch (NoRoomException failure) {
            return nothing.skipped(String.valueOf(failure.getMessage()));
        } catch (RuntimeException failure) {
            boolean noRoom = failure instanceof UnusableDeviceException call && call.isOutOfMemory();
            String reason = DeviceCheck.reason(failure);
            return noRoom ? nothing.skipped(reason) : nothing.failed(reason);
        }
    }

    private Measurement measure(KernelOperation operation, KernelShape shape, DType type, Measurement nothing)
            throws NoRoomException {
        int most = plan.effort() == Effort.QUICK ? RotatingBuffers.QUICK : RotatingBuffers.MOST;
        long room = (long) (SHARE_OF_MEMORY * device.freeBytes());
        try (RotatingBuffers buffers = new RotatingBuffers(
                operation, shape, type, device, most, device.traits().cacheBytes(), room)) {
            KernelCheck.Verdict verdict = check.beside(operation, shape, type);
            if (!verdict.isRight()) {
                return nothing.wrong(verdict);
            }
            buffers.fill();
            buffers.round();
            String difference = check.repeated(buffers.first(), KernelCheck.block(shape));
            if (!difference.isEmpty()) {
                return nothing.wrong(new KernelCheck.Verdict(verdict.errorOfTolerance(), difference));
            }
            List<Double> times = timer.time(device, buffers.count(), buffers::round);
            return nothing.measured(buffers.first().work(), verdict, buffers.count(), times);
        }
    }
}
