package io.mambapkd.ops.cuda.libraries;

import io.mambapkd.Problem;
import io.mambapkd.ops.cuda.failures.CudaCallError;
import io.mambapkd.ops.cuda.failures.CudaFailure;
import io.mambapkd.ops.cuda.failures.FailureOrigin;
import io.mambapkd.ops.cuda.failures.UnusableDeviceException;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What the status of a call of cuDNN 9 means. JCudnn has the names of cuDNN 8, whose numbers mean other things now, and none for the
 * others: these are those of cuDNN 9's {@code cudnnStatus_t}, in words.
 */
public final class CudnnStatus {
    public static final int SUCCESS = 0;

    /** What to do where cuDNN cannot do something. */
    public static final String OTHER_LIBRARY = "use another cuDNN 9 with --cuda-libs FOLDER, or --device cpu";

    private static final int SECTION = 1000;
    private static final int BAD_PARAM = 2000;
    private static final int NOT_SUPPORTED = 3000;

    private static final Map<Integer, Problem> WORDS = Map.ofEntries(
            words(
                    1001,
                    "cuDNN could not start",
                    "see with nvidia-smi whether it fits the driver and whether the device has memory left, or use --device cpu"),
            words(1002, "the parts of cuDNN are of different versions", "install all of it from one package"),
            words(1004, "cuDNN does not do this any more", "install cuDNN 9.5"),
            words(1005, "cuDNN lacks a licence"),
            words(1007, "a number passed the largest float"),
            words(1008, "a part of cuDNN could not be loaded", "install all of it from one package"),
            words(2000, "cuDNN does not take these arguments"),
            words(2002, "cuDNN was given a null pointer"),
            words(2003, "cuDNN was given an address that is not aligned"),
            words(2004, "a description was not finished"),
            words(2005, "an argument is out of its bounds"),
            words(2006, "the workspace is too small"),
            words(2007, "cuDNN was given another stream than before"),
            words(2008, "the shapes do not fit together"),
            words(3000, "cuDNN cannot do that"),
            words(3001, "cuDNN cannot do that combination of operations"),
            words(3002, "cuDNN cannot do that shape"),
            words(3003, "cuDNN cannot do that type of numbers"),
            words(3004, "cuDNN cannot do that order of the axes"),
            words(3005, "the driver is too old for this cuDNN", "install a newer NVIDIA driver"),
            words(3006, "the CUDA runtime is too old for this cuDNN"),
            words(3007, "cuDNN cannot do that on a device of this kind"),
            words(3008, "something that cuDNN needs at run time is missing"),
            words(3009, "the part of cuDNN that does that is missing", "install all of it from one package"),
            words(3010, "the device has too little shared memory for that"),
            words(3011, "cuDNN cannot do that padding"),
            words(4000, "cuDNN failed inside", "run with MAMBA_PKD_CUDA_SYNC=1 to see whether a kernel before it did"),
            words(4001, "cuDNN could not compile a kernel"),
            words(4002, "cuDNN met a value that it did not expect"),
            words(4003, "the machine has no memory left for cuDNN"),
            words(4004, "the device has no memory left for cuDNN", "use a smaller batch"),
            words(4005, "cuDNN could not launch a kernel"),
            words(5000, "a kernel of cuDNN or one before it failed", "run with MAMBA_PKD_CUDA_SYNC=1 to find which"),
            words(5001, "the driver failed under cuDNN", "run with MAMBA_PKD_CUDA_SYNC=1 to find the kernel"),
            words(5002, "cuBLAS failed under cuDNN"),
            words(5003, "the CUDA runtime failed under cuDNN", "run with MAMBA_PKD_CUDA_SYNC=1 to find the kernel"));

    private CudnnStatus() {}

    private static Map.Entry<Integer, Problem> words(int status, String text) {
        return words(status, text, "");
    }

    private static Map.Entry<Integer, Problem> words(int status, String text, String remedy) {
        return Map.entry(status, new Problem(text, remedy));
    }

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

    /** The failure of one call: an {@link UnusableDeviceException} or a {@link CudaCallError}. */
    public static RuntimeException failure(int status, String call) {
        Problem words = words(status);
        FailureOrigin origin = origin(status);
        String remedy = words.remedy();
        if (isUnsupported(status) || (remedy.isEmpty() && origin == FailureOrigin.MACHINE)) {
            remedy += (remedy.isEmpty() ? "" : ", or ") + OTHER_LIBRARY;
        }
        return origin.failure(
                status, new Problem(call + ": " + words.text() + " (cuDNN status " + status + ")", remedy));
    }

    /** Who can mend it, by the thousand that the status belongs to: the categories of cudnnStatus_t. Those of later releases are this program's. */
    static FailureOrigin origin(int status) {
        return switch (status / SECTION) {
            // Not initialised, not supported, internal error, execution failed.
            case 1, 3, 4, 5 -> FailureOrigin.MACHINE;
            // Bad parameter, and what there is no category for.
            default -> FailureOrigin.PROGRAM;
        };
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
    static boolean isRefusal(int status) {
        return isBadArgument(status) || isUnsupported(status);
    }

    /** Whether cuDNN refused a call, which then did nothing. */
    public static boolean isRefusal(RuntimeException failure) {
        return failure instanceof CudaFailure call && isRefusal(call.status());
    }

    static Problem words(int status) {
        return WORDS.getOrDefault(
                status, WORDS.getOrDefault(status / SECTION * SECTION, new Problem("cuDNN failed", "")));
    }
}
