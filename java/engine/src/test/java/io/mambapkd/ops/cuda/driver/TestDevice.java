package io.mambapkd.ops.cuda.driver;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.ops.cuda.options.CudaOptions;

/** The device of this package's tests: the emulated one where it is built, or the machine's own if that is asked for. */
public final class TestDevice {
    private TestDevice() {}

    public static boolean isReal() {
        return RealDevice.isRequired();
    }

    /** Skips the test, with the reason, where there is neither. */
    public static void require() {
        if (isReal()) {
            RealDevice.hold();
        } else {
            requireEmulation();
        }
    }

    /** Skips the test where the emulated driver is not built. */
    public static void requireEmulation() {
        assumeTrue(!isReal(), "the tests run on a real device, which cannot be made to fail");
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
        EmulatedDriver.select();
    }

    public static CudaOptions options(CudaOptions.MemoryLayout memory) {
        return options(CudaOptions.Launches.SYNCHRONISED, memory);
    }

    public static CudaOptions options(CudaOptions.Launches launches, CudaOptions.MemoryLayout memory) {
        return isReal() ? RealDevice.options(launches, memory) : new CudaOptions(0, launches, memory);
    }
}
