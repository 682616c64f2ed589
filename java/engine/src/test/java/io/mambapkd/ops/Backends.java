package io.mambapkd.ops;

import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.ops.cuda.PaperBackend;
import io.mambapkd.ops.cuda.driver.RealDevice;
import io.mambapkd.ops.cuda.options.CudaOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/**
 * The backends of this machine that every contract test runs on: the CPU; and CUDA, on the emulated driver where it is built, or on the {@linkplain RealDevice device} if the
 * system property {@code mambapkd.require} is {@code cuda}, and then its absence fails the tests. Without either, the
 * launches are checked against the PTX.
 */
public final class Backends {
    static final String CPU = "cpu";
    static final String LAUNCHES_ALONE = "cuda launches against the PTX";

    /** Random orders of a kernel's threads, beside the two that are none; {@code make soak} takes more. */
    private static final int RANDOM_ORDERS = Integer.getInteger("mambapkd.orders", 3);

    private Backends() {}

    /** CPU first; CUDA alone in the run on the build that rounds like hardware, as the ordinary run has the CPU. */
    public static Stream<BackendUnderTest> all() {
        // A build that is named and missing is left out; its tests on the CPU are those of the ordinary run.
        return EmulatedDriver.roundsLikeHardware() || EmulatedDriver.isNamedAndMissing()
                ? cuda()
                : Stream.concat(Stream.of(cpu()), cuda());
    }

    private static BackendUnderTest cpu() {
        return new BackendUnderTest(
                CPU, () -> new CpuBackend(2), List.of(() -> new CpuBackend(1), () -> new CpuBackend(3)));
    }

    /** All, and the CPU without oneDNN, whose convolutions are the specification. */
    public static Stream<BackendUnderTest> convolutions() {
        BackendUnderTest patches = new BackendUnderTest(
                CPU + " (products of patches)",
                () -> new CpuBackend(2, CpuBackend.preferredBlas()),
                List.of(
                        () -> new CpuBackend(1, CpuBackend.preferredBlas()),
                        () -> new CpuBackend(3, CpuBackend.preferredBlas())));
        boolean runs = all().anyMatch(backend -> backend.toString().equals(CPU));
        return runs ? Stream.concat(Stream.of(patches), all()) : all();
    }

    /** Without the CPU. */
    public static Stream<BackendUnderTest> cuda() {
        if (RealDevice.isRequired()) {
            Supplier<Backend> device =
                    () -> RealDevice.open(CudaOptions.Launches.ASYNCHRONOUS, CudaOptions.MemoryLayout.SEPARATE);
            return Stream.of(new BackendUnderTest("cuda", device, List.of(device, device)));
        }
        if (!EmulatedDriver.isBuilt()) {
            Supplier<Backend> absent = () -> {
                throw new TestAbortedException(EmulatedDriver.HOW_TO_BUILD);
            };
            BackendUnderTest none = new BackendUnderTest("cuda (not run: no emulated driver)", absent, List.of());
            if (EmulatedDriver.isNamedAndMissing()) {
                return Stream.of(none);
            }
            return Stream.of(new BackendUnderTest(LAUNCHES_ALONE, () -> PaperBackend.open(80), List.of()), none);
        }
        boolean hardware = EmulatedDriver.roundsLikeHardware();
        // How it rounds has nothing to do with the order, so that one random order is enough there.
        int randomOrders = hardware ? 1 : RANDOM_ORDERS;
        List<Supplier<Backend>> orders = new ArrayList<>();
        for (int order = 0; order < EmulatedDriver.FIRST_RANDOM_ORDER + randomOrders; order++) {
            int schedule = order;
            orders.add(() -> EmulatedDriver.open(EmulatedDriver.Build.PLAIN, schedule));
        }
        EmulatedDriver.Build build = hardware ? EmulatedDriver.Build.PLAIN : EmulatedDriver.Build.CHECKED;
        return Stream.of(new BackendUnderTest(
                hardware ? "cuda (emulated, rounds like hardware)" : "cuda (emulated)",
                () -> EmulatedDriver.open(build, EmulatedDriver.FIRST_RANDOM_ORDER),
                orders));
    }
}
