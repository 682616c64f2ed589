package io.mambapkd.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.ops.cuda.CudaOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import jcuda.driver.JCudaDriver;

/** The emulated CUDA driver of {@code kernels-build/emulator}, and its controls. */
public final class EmulatedDriver {
    public static final String HOW_TO_BUILD =
            "the emulated CUDA driver is not built; 'make -C kernels-build/emulator' builds it and needs g++";

    /** Orders of threads: 0 is ascending, 1 descending, those from here on are random. */
    public static final int FIRST_RANDOM_ORDER = 2;

    private static final int SCHEDULE = 0x454D0001;
    private static final int CHECKED = 0x454D0002;

    /** Which compiled kernels run. */
    public enum Build {
        PLAIN,
        /** Finds races, reads of what nothing wrote, accesses past the end; slower. */
        CHECKED
    }

    private EmulatedDriver() {}

    /** The library file, whether it is there or not. */
    public static Path library() {
        String folder = System.getProperty("mambapkd.emulator", "../kernels-build/emulator/build");
        return Path.of(folder, "libcuda.so.1").toAbsolutePath().normalize();
    }

    public static boolean isBuilt() {
        return Files.isRegularFile(library());
    }

    /** A CUDA backend on the emulated driver, each tensor in an allocation of its own. */
    public static Backend open(Build build, int schedule) {
        System.setProperty("mambapkd.cuda.driver", library().toString());
        Backend backend = new CudaBackend(
                new CudaOptions(0, CudaOptions.Launches.SYNCHRONISED, CudaOptions.MemoryLayout.SEPARATE));
        set(CHECKED, build == Build.CHECKED ? 1 : 0);
        set(SCHEDULE, schedule);
        return backend;
    }

    private static void set(int control, long value) {
        int status = JCudaDriver.cuCtxSetLimit(control, value);
        assertThat(status)
                .as("the emulated driver refused control %#x; is another driver loaded?", control)
                .isZero();
    }
}
