package io.mambapkd.bench.cpu;

import io.mambapkd.bench.result.Timing;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Times subjects in turns, ours, peer, ours, peer, so that a machine that slows down slows both.
 *
 * @param warmupNanos shortest time of untimed steps of each subject before the first block, for the compilers and caches
 * @param blocks timed blocks of each subject
 * @param blockNanos shortest length of a block
 * @param clock nanoseconds
 */
record Alternation(long warmupNanos, int blocks, long blockNanos, LongSupplier clock) {
    /** @param stepMilliseconds mean time of a step, one per block */
    record Timing(List<Double> stepMilliseconds) {
        Samples throughput(int batch) {
            return new Samples(stepMilliseconds.stream()
                    .map(milliseconds -> batch * 1000 / milliseconds)
                    .toList());
        }
    }

    /** Thorough enough to publish. */
    static Alternation full(int blocks) {
        return new Alternation(8_000_000_000L, blocks, 2_000_000_000L, System::nanoTime);
    }

    /** Enough to see whether everything works. */
    static Alternation quick() {
        return new Alternation(500_000_000L, 2, 300_000_000L, System::nanoTime);
    }

    /** Returns one timing per subject, in their order. */
    List<Timing> run(List<StepSubject> subjects) {
        for (StepSubject subject : subjects) {
            block(subject, warmupNanos);
        }
        List<List<Double>> timings = subjects.stream()
                .map(subject -> (List<Double>) new ArrayList<Double>())
                .toList();
        for (int block = 0; block < blocks; block++) {
            for (int i = 0; i < subjects.size(); i++) {
                timings.get(i).add(block(subjects.get(i), blockNanos));
            }
        }
        return timings.stream().map(Timing::new).toList();
    }

    /** Mean milliseconds of a step. */
    private double block(StepSubject subject, long shortestNanos) {
        // The other engine's threads spin for a while after their last step, and its data fills the caches: one step
        // goes untimed.
        subject.step();
        long start = clock.getAsLong();
        long elapsed;
        int steps = 0;
        do {
            subject.step();
            steps++;
            elapsed = clock.getAsLong() - start;
        } while (elapsed < shortestNanos);
        return elapsed / 1e6 / steps;
    }
}
