package io.mambapkd.ops.cuda;

import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.emulator.EmulatedDriver.Fault;
import io.mambapkd.ops.Replay;
import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.Write;
import io.mambapkd.ops.cuda.failures.UnusableDeviceException;
import io.mambapkd.ops.cuda.options.CudaOptions;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.Tensor;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A process of its own that opens a backend, does a few steps and closes it, again and again, with another call of the driver failing each time. It
 * prints what was wrong with how that ended, and how many calls it had fail.
 *
 * <p>Arguments: status, PASSING or STICKY, first call, calls from one try to the next.
 */
final class EveryCallFailsProbe {
    private EveryCallFailsProbe() {}

    public static void main(String[] arguments) {
        int status = Integer.parseInt(arguments[0]);
        Fault fault = Fault.valueOf(arguments[1]);
        long call = Long.parseLong(arguments[2]);
        int stride = Integer.parseInt(arguments[3]);
        use();
        Set<String> complaints = new TreeSet<>();
        int failures = 0;
        while (fails(call, status, fault, complaints)) {
            failures++;
            call += stride;
        }
        complaints.forEach(System.out::println);
        System.out.println("failures " + failures + ", complaints " + complaints.size());
    }

    /** Returns whether there still was such a call. */
    private static boolean fails(long call, int status, Fault fault, Set<String> complaints) {
        EmulatedDriver.failAfter(call, status, fault);
        try {
            use();
        } catch (UnusableDeviceException expected) {
            if (fault == Fault.STICKY && expected.getSuppressed().length > 0) {
                complaints.add("closing failed too: " + expected.getMessage() + " / " + expected.getSuppressed()[0]);
            }
        } catch (RuntimeException other) {
            complaints.add("another exception: " + other);
        }
        boolean happened = EmulatedDriver.plannedFailureHappened();
        EmulatedDriver.failAfter(0, status, fault);
        // A graph whose own cuGraphDestroy is the call that fails: it belongs to no context that would take it along.
        if (EmulatedDriver.liveObjects() > 1) {
            complaints.add("call " + call + " left " + EmulatedDriver.liveObjects() + " objects");
        }
        return happened;
    }

    private static void use() {
        try (CudaBackend cuda = new CudaBackend(CudaOptions.of(0, Map.of()), 64);
                Arena arena = cuda.newArena("a")) {
            Tensor a = arena.allocate("a", 2, 2);
            Tensor b = arena.allocate("b", 2, 2);
            arena.seal();
            cuda.upload(new float[] {1, 2, 3, 4}, a);
            try (Replay step = cuda.replay(() -> {
                cuda.gemm().multiply(a, Transpose.NO, a, Transpose.NO, Write.OVERWRITE, b);
                cuda.pointwise().add(a, b, b);
            })) {
                for (int i = 0; i < 3; i++) {
                    step.run();
                }
            }
            cuda.download(b);
        }
    }
}
