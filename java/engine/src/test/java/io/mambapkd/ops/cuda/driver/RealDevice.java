package io.mambapkd.ops.cuda.driver;

import io.mambapkd.InputException;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.ops.cuda.failures.CudaCallError;
import io.mambapkd.ops.cuda.failures.UnusableDeviceException;
import io.mambapkd.ops.cuda.natives.LibraryFolders;
import io.mambapkd.ops.cuda.options.CudaOptions;
import org.jspecify.annotations.Nullable;

/**
 * The GPU that tests run on where the system property {@code mambapkd.require} is {@code cuda}, with NVIDIA's libraries from the folders of {@code
 * MAMBA_PKD_CUDA_LIBS}. A context of it stays open to the end of the process: a GPU needs 0.2 s and more to make its primary context, which is gone
 * with its last user, and every test opens backends of its own.
 */
public final class RealDevice {
    private static @Nullable DeviceContext held;

    private RealDevice() {}

    public static boolean isRequired() {
        return System.getProperty("mambapkd.require", "").equals("cuda");
    }

    /** @throws InputException if a folder of the environment has none of the libraries */
    static CudaOptions options(CudaOptions.Launches launches, CudaOptions.MemoryLayout memory) {
        return new CudaOptions(
                0,
                launches,
                memory,
                LibraryFolders.of(System.getenv()),
                CudaOptions.Products.FLOAT32,
                CudaOptions.Libraries.WHEN_NEEDED);
    }

    /** A backend on the context that stays. */
    public static Backend open(CudaOptions.Launches launches, CudaOptions.MemoryLayout memory) {
        hold();
        return new CudaBackend(options(launches, memory));
    }

    /**
     * Opens the context that stays; and again after a device error, which ends it for the test that met the error and would end it for all others. To be
     * called while no backend is open.
     *
     * @throws InputException if there is no device, or it is of no use any more
     */
    public static synchronized void hold() {
        DeviceContext present = held;
        if (present != null) {
            try {
                present.synchronise();
                return;
            } catch (UnusableDeviceException | CudaCallError broken) {
                held = null;
                present.close();
            }
        }
        held = DeviceContext.open(options(CudaOptions.Launches.ASYNCHRONOUS, CudaOptions.MemoryLayout.PACKED));
    }
}
