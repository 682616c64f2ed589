package io.mambapkd.bench.kernels;

import io.mambapkd.bench.variants.DeviceCeilings;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.ops.cuda.driver.DeviceTraits;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.List;

/** Measures the ceilings of a device. */
final class CeilingTimer {
    /** Copies go through this many times the device's cache. */
    private static final int CACHES = 8;

    private static final int LEAST_COPY_BYTES = 1 << 28;
    private static final int QUICK_COPY_BYTES = 1 << 16;
    /** Enough for a millisecond and more. */
    private static final int ROUNDS = 20_000;

    private static final int QUICK_ROUNDS = 2;
    /** Of operations whose cycles alone are read: half a millisecond or more, beside which the start of a block is nothing. */
    private static final int COUNTED_ROUNDS = 4000;

    private static final int COUNTED_LAUNCHES = 5;
    /** So many that the launch of the graph itself is little beside them. */
    private static final int NODES = 1024;

    private static final int QUICK_NODES = 4;

    private final CudaBackend backend;
    private final LaunchTimer timer;

    CeilingTimer(CudaBackend backend, LaunchTimer timer) {
        this.backend = backend;
        this.timer = timer;
    }

    Ceilings measure() {
        DeviceTraits traits = backend.traits();
        DeviceCeilings kernels = new DeviceCeilings(backend);
        boolean quick = timer.equals(LaunchTimer.QUICK);
        int rounds = quick ? QUICK_ROUNDS : ROUNDS;
        long wanted = quick ? QUICK_COPY_BYTES : Math.max(LEAST_COPY_BYTES, CACHES * traits.cacheBytes());
        int floats = (int) (Math.min(wanted, backend.freeBytes() / 4) / Float.BYTES / 4 * 4);
        try (Arena arena = backend.newArena("ceilings")) {
            Tensor source = arena.allocate("source", DType.F32, Shape.of(floats));
            Tensor target = arena.allocate("target", DType.F32, Shape.of(floats));
            Tensor sums = arena.allocate("sums", DType.F32, Shape.of(kernels.threads()));
            Tensor cycles = arena.allocate("cycles", DType.F32, Shape.of(kernels.blocks()));
            arena.seal();
            double bytes = 2.0 * Float.BYTES * floats;
            double driverCopy = bytes * 1e-3 / least(() -> backend.copy(source, target));
            double kernelCopy = bytes * 1e-3 / least(() -> kernels.copy(source, target));
            double microseconds = least(() -> kernels.exps(rounds, sums, cycles));
            double clock = longest(backend.download(cycles)) / microseconds;
            int counted = quick ? QUICK_ROUNDS : COUNTED_ROUNDS;
            long instructions = kernels.warpCount(counted);
            double shuffles = leastCycles(() -> kernels.shuffles(counted, sums, cycles), cycles);
            double broadcasts = leastCycles(() -> kernels.broadcasts(counted, sums, cycles), cycles);
            return new Ceilings(
                    driverCopy,
                    kernelCopy,
                    kernels.count(rounds) * 1e-3 / microseconds,
                    perClock(instructions, traits.multiprocessors(), shuffles),
                    perClock(instructions, traits.multiprocessors(), broadcasts),
                    nodeNanoseconds(kernels, quick ? QUICK_NODES : NODES),
                    clock,
                    traits.multiprocessors(),
                    Ceilings.floatLanes(traits.capability()),
                    traits.cacheBytes());
        }
    }

    /** Instructions of all multiprocessors as those of one in a cycle. */
    static double perClock(long instructions, int multiprocessors, double cycles) {
        return instructions / (double) multiprocessors / cycles;
    }

    /** Cycles of the slowest block, which are those of the launch, in the fastest of some launches. */
    private double leastCycles(Runnable launch, Tensor cycles) {
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < COUNTED_LAUNCHES; i++) {
            launch.run();
            least = Math.min(least, longest(backend.download(cycles)));
        }
        return least;
    }

    private double nodeNanoseconds(DeviceCeilings kernels, int nodes) {
        if (!kernels.hasGraphs()) {
            return 0;
        }
        LaunchTimer chain =
                new LaunchTimer(timer.blocks(), timer.warmUpMicroseconds(), timer.blockMicroseconds(), nodes);
        return least(chain, kernels::empty) * 1e3;
    }

    private double least(Runnable launch) {
        return least(timer, launch);
    }

    /** A ceiling is what the device can do, so the best of the blocks counts. */
    private double least(LaunchTimer launches, Runnable launch) {
        List<Double> times = launches.time(backend, 1, launch);
        return times.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    }

    private static double longest(float[] cycles) {
        double longest = 0;
        for (float count : cycles) {
            longest = Math.max(longest, count);
        }
        return longest;
    }
}
