package io.mambapkd.bench;

import io.mambapkd.InputException;
import io.mambapkd.ops.cuda.CudaOptions;
import io.mambapkd.ops.cuda.CudaOptions.Products;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where steps are timed. */
final class StepMachine {
    private static final String LIBRARIES = "--cuda-libs";
    private static final String LIBRARIES_VARIABLE = "MAMBA_PKD_CUDA_LIBS";
    private static final int MOST_THREADS = 256;

    /** The devices. */
    enum Device {
        CPU,
        CUDA
    }

    @Option(names = "--device", defaultValue = "cuda", paramLabel = "DEVICE", description = "cuda (default) or cpu.")
    private Device device = Device.CUDA;

    @Option(names = "--threads", paramLabel = "N", description = "CPU threads; default all processors.")
    private @Nullable Integer threads;

    @Option(names = "--gpu", paramLabel = "N", description = "Which GPU, as nvidia-smi -L numbers them; default 0.")
    private @Nullable Integer gpu;

    @Option(
            names = LIBRARIES,
            paramLabel = "DIR[:DIR]",
            description = "Folders of libcublas.so and libcudnn.so; default $MAMBA_PKD_CUDA_LIBS.")
    private @Nullable String libraries;

    @Option(names = "--tf32", description = "Round the factors of matrix products and convolutions to TF32.")
    private boolean tf32;

    /** @throws InputException if an option is for another device */
    Device device() {
        if (device == Device.CPU && (gpu != null || libraries != null || tf32)) {
            throw new InputException(
                    "--gpu, --cuda-libs and --tf32 are for CUDA but the device is cpu; leave them out, or"
                            + " use --device cuda");
        }
        return device;
    }

    int threads() {
        int count = threads == null ? Math.min(Runtime.getRuntime().availableProcessors(), MOST_THREADS) : threads;
        if (count < 1 || count > MOST_THREADS) {
            throw new InputException("--threads must be from 1 to " + MOST_THREADS + ", got " + count);
        }
        return count;
    }

    /** @throws InputException if an option is wrong on any machine */
    CudaOptions cuda(Map<String, String> environment) {
        Map<String, String> rest = new HashMap<>(environment);
        if (libraries != null) {
            rest.remove(LIBRARIES_VARIABLE);
        }
        CudaOptions options = CudaOptions.of(gpu == null ? 0 : gpu, rest).with(tf32 ? Products.TF32 : Products.FLOAT32);
        return libraries == null ? options : options.withLibraryFolders(LIBRARIES, libraries);
    }
}
