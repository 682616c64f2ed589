package io.mambapkd.bench.kernels;

import io.mambapkd.ops.Replay;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.ops.cuda.driver.DeviceClock;
import java.util.ArrayList;
import java.util.List;

/**
 * Times launches by the device's own clock, in blocks that are long beside its resolution. Launches follow one another within a CUDA graph, as in a training
 * step, so that the host's time for a launch is not in it.
 *
 * @param blocks timed
 * @param warmUpMicroseconds on the device before the first block, so that its clock is at speed
 * @param blockMicroseconds that a block takes at least
 * @param launches in a graph at least
 */
record LaunchTimer(int blocks, double warmUpMicroseconds, double blockMicroseconds, int launches) {
    static final LaunchTimer FULL = new LaunchTimer(15, 10_000, 2000, 16);
    static final LaunchTimer QUICK = new LaunchTimer(2, 0, 0, 1);

    private static final int MOST_RUNS = 1000;

    /**
     * @param work of {@code count} launches
     * @return microseconds of one launch, for each block
     */
    List<Double> time(CudaBackend backend, int count, Runnable work) {
        int rounds = Math.max(1, (launches + count - 1) / count);
        Runnable repeated = () -> {
            for (int i = 0; i < rounds; i++) {
                work.run();
            }
        };
        try (Replay replay = backend.replay(repeated);
                DeviceClock clock = backend.newClock()) {
            // The first is done as it is, the second captured and uploaded: both are no measure of the rest.
            replay.run();
            replay.run();
            double one = Math.max(run(replay, clock, 1), 1e-3);
            run(replay, clock, runs(warmUpMicroseconds, one));
            int runs = runs(blockMicroseconds, one);
            List<Double> times = new ArrayList<>();
            for (int block = 0; block < blocks; block++) {
                times.add(run(replay, clock, runs) / ((double) runs * rounds * count));
            }
            return times;
        }
    }

    private static int runs(double microseconds, double one) {
        return (int) Math.max(1, Math.min(MOST_RUNS, Math.ceil(microseconds / one)));
    }

    private static double run(Replay replay, DeviceClock clock, int runs) {
        clock.start();
        for (int i = 0; i < runs; i++) {
            replay.run();
        }
        clock.stop();
        return clock.microseconds();
    }
}
