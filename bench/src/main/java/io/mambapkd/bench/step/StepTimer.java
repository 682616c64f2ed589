package io.mambapkd.bench.step;

import io.mambapkd.bench.result.Timing;
import io.mambapkd.ops.cuda.driver.DeviceClock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Times steps in blocks. In a block launches go ahead as in a training, and the time of the whole block is that of its steps; between blocks one launch
 * is timed alone, on the idle device by the device's own clock.
 *
 * @param blocks timed, at least 1
 * @param launches in a block, at least 1
 */
public record StepTimer(int blocks, int launches) {
    /** The first is done as it is, the second captured: both are no measure of the rest. */
    private static final int WARM_UP = 4;

    /** What was measured, for one step each. */
    record Times(Timing step, Timing launch, Timing device) {}

    /** Most steps that a measurement launches. */
    int steps(int stepsPerLaunch) {
        return Math.multiplyExact(stepsPerLaunch, WARM_UP + blocks * (launches + 1));
    }

    /** @param clock of the device, or null where there is none */
    Times measure(StepBenchmark step, @Nullable DeviceClock clock) {
        List<Double> steps = new ArrayList<>();
        List<Double> host = new ArrayList<>();
        List<Double> device = new ArrayList<>();
        for (int i = 0; i < WARM_UP; i++) {
            step.launch();
            step.await();
        }
        double perLaunch = step.stepsPerLaunch();
        for (int block = 0; block < blocks; block++) {
            host.add(alone(step, clock, device) / perLaunch);
            steps.add(ahead(step) / (perLaunch * launches));
        }
        return new Times(new Timing(steps), new Timing(host), new Timing(device));
    }

    /** One launch on the idle device; returns the host's microseconds for it. */
    private static double alone(StepBenchmark step, @Nullable DeviceClock clock, List<Double> device) {
        if (clock != null) {
            clock.start();
        }
        long start = System.nanoTime();
        step.launch();
        double host = (System.nanoTime() - start) / 1e3;
        if (clock != null) {
            clock.stop();
            device.add(clock.microseconds() / step.stepsPerLaunch());
        }
        step.await();
        return host;
    }

    /** Microseconds of a block: so many launches in a row, each as soon as there is room. */
    public double ahead(StepBenchmark step) {
        long start = System.nanoTime();
        int launched = 0;
        while (launched < launches || step.isAhead()) {
            if (launched < launches && step.hasRoom()) {
                step.launch();
                launched++;
            } else {
                step.await();
            }
        }
        return (System.nanoTime() - start) / 1e3;
    }
}
