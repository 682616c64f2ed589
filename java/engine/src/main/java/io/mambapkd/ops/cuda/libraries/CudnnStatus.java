package io.mambapkd.ops.cuda.libraries;

import io.mambapkd.ops.cuda.options.CudaFailure;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What the status of a call of cuDNN 9 means. JCudnn has the names of cuDNN 8, whose numbers mean other things now, and none for the
 * others: these are those of cuDNN 9's {@code cudnnStatus_t}, in words.
 */
public final class CudnnStatus {
    public static final int SUCCESS = 0;

    /** What to do where cuDNN cannot do something. */
    public static final String OTHER_LIBRARY = "; use another cuDNN 9 with --cuda-libs FOLDER, or --device cpu";

    private static final int SECTION = 1000;
    private static final int BAD_PARAM = 2000;
    private static final int NOT_SUPPORTED = 3000;

    private static final Map<Integer, String> WORDS = Map.ofEntries(
            Map.entry(1001, "cuDNN could not start; does it fit the driver, and is memory left on the device?"),
            Map.entry(1002, "the parts of cuDNN are of different versions; install all of it from one package"),
            Map.entry(1004, "cuDNN does not do this any more; install cuDNN 9.5"),
            Map.entry(1005, "cuDNN lacks a licence"),
            Map.entry(1007, "a number passed the largest float"),
            Map.entry(1008, "a part of cuDNN could not be loaded; install all of it from one package"),
            Map.entry(2000, "cuDNN does not take these arguments"),
            Map.entry(2002, "cuDNN was given a null pointer"),
            Map.entry(2003, "cuDNN was given an address that is not aligned"),
            Map.entry(2004, "a description was not finished"),
            Map.entry(2005, "an argument is out of its bounds"),
            Map.entry(2006, "the workspace is too small"),
            Map.entry(2007, "cuDNN was given another stream than before"),
            Map.entry(2008, "the shapes do not fit together"),
            Map.entry(3000, "cuDNN cannot do that"),
            Map.entry(3001, "cuDNN cannot do that combination of operations"),
            Map.entry(3002, "cuDNN cannot do that shape"),
            Map.entry(3003, "cuDNN cannot do that type of numbers"),
            Map.entry(3004, "cuDNN cannot do that order of the axes"),
            Map.entry(3005, "the driver is too old for this cuDNN; install a newer NVIDIA driver"),
            Map.entry(3006, "the CUDA runtime is too old for this cuDNN"),
            Map.entry(3007, "cuDNN cannot do that on a device of this kind"),
            Map.entry(3008, "something that cuDNN needs at run time is missing"),
            Map.entry(3009, "the part of cuDNN that does that is missing; install all of it from one package"),
            Map.entry(3010, "the device has too little shared memory for that"),
            Map.entry(3011, "cuDNN cannot do that padding"),
            Map.entry(
                    4000, "cuDNN failed inside; run with MAMBA_PKD_CUDA_SYNC=1 to see whether a kernel before it did"),
            Map.entry(4001, "cuDNN could not compile a kernel"),
            Map.entry(4002, "cuDNN met a value that it did not expect"),
            Map.entry(4003, "the machine has no memory left for cuDNN"),
            Map.entry(4004, "the device has no memory left for cuDNN; use a smaller batch"),
            Map.entry(4005, "cuDNN could not launch a kernel"),
            Map.entry(5000, "a kernel of cuDNN or one before it failed; run with MAMBA_PKD_CUDA_SYNC=1 to find which"),
            Map.entry(5001, "the driver failed under cuDNN; run with MAMBA_PKD_CUDA_SYNC=1 to find the kernel"),
            Map.entry(5002, "cuBLAS failed under cuDNN"),
            Map.entry(5003, "the CUDA runtime failed under cuDNN; run with MAMBA_PKD_CUDA_SYNC=1 to find the kernel"));

    private CudnnStatus() {}

    /**
     * Refuses every status but success.
     *
     * @param call the call with its arguments, asked for on failure only
     */
    public static void check(int status, Supplier<String> call) {
        if (status != SUCCESS) {
            throw failure(status, call.get());
        }
    }

    /** The failure of one call. */
    public static LibraryException failure(int status, String call) {
        return new LibraryException(
                status,
                isBadArgument(status) ? CudaFailure.Origin.PROGRAM : CudaFailure.Origin.MACHINE,
                call + ": " + words(status) + " (cuDNN status " + status + ")"
                        + (isUnsupported(status) ? OTHER_LIBRARY : ""));
    }

    /** Whether cuDNN does not take the arguments. */
    static boolean isBadArgument(int status) {
        return status / SECTION == BAD_PARAM / SECTION;
    }

    /** Whether cuDNN lacks what was asked for. */
    static boolean isUnsupported(int status) {
        return status / SECTION == NOT_SUPPORTED / SECTION;
    }

    /** Whether cuDNN did nothing, and may do the same in another way. */
    public static boolean isRefusal(int status) {
        return isBadArgument(status) || isUnsupported(status);
    }

    static String words(int status) {
        return WORDS.getOrDefault(status, WORDS.getOrDefault(status / SECTION * SECTION, "cuDNN failed"));
    }
}
