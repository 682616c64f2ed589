package io.mambapkd.bench;

import io.mambapkd.InputException;
import io.mambapkd.ops.cuda.CudaOptions;
import io.mambapkd.ops.cuda.CudaOptions.Products;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which GPU, and how it is used. */
final class GpuOptions {
    private static final String LIBRARIES = "--cuda-libs";
    private static final String LIBRARIES_VARIABLE = "MAMBA_PKD_CUDA_LIBS";

    @Option(names = "--gpu", paramLabel = "N", description = "Which GPU, as nvidia-smi -L numbers them; default 0.")
    private @Nullable Integer gpu;

    @Option(
            names = LIBRARIES,
            paramLabel = "DIR[:DIR]",
            description = "Folders of libcublas.so and libcudnn.so; default $MAMBA_PKD_CUDA_LIBS.")
    private @Nullable String libraries;

    @Option(names = "--tf32", description = "Round the factors of matrix products and convolutions to TF32.")
    private boolean tf32;

    /** Whether one of them was given. */
    boolean areGiven() {
        return gpu != null || libraries != null || tf32;
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
