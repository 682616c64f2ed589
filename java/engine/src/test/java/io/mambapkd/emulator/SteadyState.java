package io.mambapkd.emulator;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/**
 * What a step costs beyond its kernels once it is warm, counted on the emulated driver: {@code SteadyState.of(20, 100, step)}, then compare the
 * fields with 0. All counts are sums over the measured steps.
 *
 * @param steps that were measured
 * @param allocations calls for device or pinned memory
 * @param waits calls that wait for all work of a stream or context, among them copies without Async and frees
 * @param eventWaits calls that wait for an event
 * @param calls of the driver in all
 * @param garbageBytes that the calling thread allocated in Java's heap
 */
public record SteadyState(int steps, long allocations, long waits, long eventWaits, long calls, long garbageBytes) {
    /**
     * Runs a step on the calling thread, first unmeasured.
     *
     * @param warmUps how often; until what loads, captures and compiles has done so
     * @param steps how often it is measured
     */
    public static SteadyState of(int warmUps, int steps, Runnable step) {
        for (int i = 0; i < warmUps; i++) {
            step.run();
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        EmulatedDriver.resetCalls();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < steps; i++) {
            step.run();
        }
        long garbage = threads.getCurrentThreadAllocatedBytes() - before;
        EmulatedDriver.Calls calls = EmulatedDriver.calls();
        return new SteadyState(steps, calls.allocations(), calls.waits(), calls.eventWaits(), calls.all(), garbage);
    }

    /** Java's garbage of one step, in bytes, rounded up. */
    public long garbagePerStep() {
        return (garbageBytes + steps - 1) / steps;
    }
}
