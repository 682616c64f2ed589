package io.mambapkd.cli.machine;

import io.mambapkd.InputException;
import io.mambapkd.cli.text.PathOption;
import io.mambapkd.ops.cuda.options.CudaOptions;
import io.mambapkd.ops.cuda.options.CudaOptions.Fusion;
import io.mambapkd.ops.cuda.options.CudaOptions.Products;
import io.mambapkd.ops.cuda.options.CudaOptions.Steps;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How CUDA computes, where it does: options of every command that can use it. */
public final class CudaSettings {
    private static final String GPU = "--gpu";
    private static final String NO_GRAPH = "--no-graph";
    private static final String NO_FUSION = "--no-fusion";
    public static final String LIBRARIES = "--cuda-libs";
    public static final String LIBRARIES_DESCRIPTION =
            "Folders of cuBLAS of CUDA 12 or 13 and of cuDNN 9, or a CUDA toolkit, the folder nvidia of NVIDIA's Python wheels or a conda"
                    + " environment, before what the system knows; default $MAMBA_PKD_CUDA_LIBS.";
    private static final String TF32 = "--tf32";
    private static final String LIBRARIES_VARIABLE = "MAMBA_PKD_CUDA_LIBS";

    @Option(
            names = GPU,
            paramLabel = "N",
            description = "Which GPU, as nvidia-smi -L numbers them; default 0. CUDA only.")
    private @Nullable Integer gpu;

    @Option(
            names = NO_GRAPH,
            description = "Launch the kernels of each step one by one instead of as a CUDA graph; slower, same bits.")
    private boolean eager;

    @Option(
            names = NO_FUSION,
            description =
                    "Launch each operation of a step as a kernel of its own instead of several as one; slower, equal up to rounding. For research, and to find a wrong kernel.")
    private boolean separate;

    @Option(names = LIBRARIES, paramLabel = "DIR[:DIR]", description = LIBRARIES_DESCRIPTION)
    private @Nullable String libraries;

    @Option(
            names = TF32,
            description =
                    "Round the factors of matrix products and convolutions to TF32, 10 bits behind the point, on GPUs that have it.")
    private boolean tf32;

    /**
     * All of them, with what the environment says of the rest.
     *
     * @throws InputException if one is wrong on any machine
     */
    public CudaOptions options(Map<String, String> environment) {
        if (gpu != null && gpu < 0) {
            throw new InputException(GPU + ": expected the number of a GPU, 0 or more, got " + gpu);
        }
        return options(gpu == null ? 0 : gpu, libraries, environment)
                .with(eager ? Steps.EAGER : Steps.GRAPH)
                .with(separate ? Fusion.SEPARATE : Fusion.FUSED)
                .with(tf32 ? Products.TF32 : Products.FLOAT32);
    }

    /**
     * Those of the first device.
     *
     * @param libraries value of {@link #LIBRARIES}, null where it was not given
     * @throws InputException if a folder has none of them
     */
    public static CudaOptions options(@Nullable String libraries, Map<String, String> environment) {
        return options(0, libraries, environment);
    }

    private static CudaOptions options(int device, @Nullable String libraries, Map<String, String> environment) {
        Map<String, String> rest = new HashMap<>(environment);
        if (libraries != null) {
            PathOption.requireAny(LIBRARIES, "a folder", libraries);
            rest.remove(LIBRARIES_VARIABLE);
        }
        CudaOptions options = CudaOptions.of(device, rest);
        return libraries == null ? options : options.withLibraryFolders(LIBRARIES, libraries);
    }

    /** @throws InputException if any was given: nothing would come of it */
    public void requireNone() {
        List<String> given = new ArrayList<>();
        if (gpu != null) {
            given.add(GPU);
        }
        if (eager) {
            given.add(NO_GRAPH);
        }
        if (separate) {
            given.add(NO_FUSION);
        }
        if (libraries != null) {
            given.add(LIBRARIES);
        }
        if (tf32) {
            given.add(TF32);
        }
        if (!given.isEmpty()) {
            throw new InputException(String.join(" and ", given) + (given.size() == 1 ? " is" : " are")
                    + " for CUDA but the device is cpu; leave " + (given.size() == 1 ? "it" : "them")
                    + " out, or use --device cuda");
        }
    }

    /** What of them changes results, for the description of a machine. */
    String remark() {
        return tf32 ? ", products and convolutions in TF32" : "";
    }
}
