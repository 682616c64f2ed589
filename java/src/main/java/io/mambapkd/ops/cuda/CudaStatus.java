package io.mambapkd.ops.cuda;

import java.util.function.Supplier;
import jcuda.driver.CUresult;

/** What the status of a driver call means, and what to do about it. */
final class CudaStatus {
    static final int SUCCESS = CUresult.CUDA_SUCCESS;
    static final int OUT_OF_MEMORY = CUresult.CUDA_ERROR_OUT_OF_MEMORY;

    private CudaStatus() {}

    /**
     * Refuses every status but success.
     *
     * @param call the call with its arguments, asked for on failure only
     */
    static void check(int status, Supplier<String> call) {
        if (status != SUCCESS) {
            throw CudaException.of(status, call.get());
        }
    }

    /**
     * Like {@link #check} for a call that gives something back: after a device error none of them succeeds, and that error
     * was reported where it was seen.
     */
    static void checkRelease(int status, Supplier<String> call) {
        if (!isSticky(status)) {
            check(status, call);
        }
    }

    /** The statuses after which cuda.h says that the process, or the context, is of no use any more. */
    static boolean isSticky(int status) {
        return switch (status) {
            case CUresult.CUDA_ERROR_ECC_UNCORRECTABLE,
                    CUresult.CUDA_ERROR_NVLINK_UNCORRECTABLE,
                    CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
                    CUresult.CUDA_ERROR_LAUNCH_TIMEOUT,
                    CUresult.CUDA_ERROR_ASSERT,
                    CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR,
                    CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION,
                    CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
                    CUresult.CUDA_ERROR_INVALID_ADDRESS_SPACE,
                    CUresult.CUDA_ERROR_INVALID_PC,
                    CUresult.CUDA_ERROR_LAUNCH_FAILED,
                    CUresult.CUDA_ERROR_UNKNOWN -> true;
            default -> false;
        };
    }

    /** What to do, as the end of a sentence that starts with the call and the status; may be empty. */
    static String remedy(int status) {
        return switch (status) {
            case CUresult.CUDA_ERROR_OUT_OF_MEMORY -> "; the device has no room left, use a smaller batch";
            case CUresult.CUDA_ERROR_STUB_LIBRARY ->
                "; a stub of libcuda.so.1 is loaded, not the driver, take the folder" + " stubs out of LD_LIBRARY_PATH";
            case CUresult.CUDA_ERROR_DEVICE_UNAVAILABLE -> "; another process has the device for itself, wait for it";
            case CUresult.CUDA_ERROR_NO_DEVICE ->
                "; no NVIDIA GPU is visible to this process, look at nvidia-smi and"
                        + " CUDA_VISIBLE_DEVICES, or use --device cpu";
            case CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU ->
                "; the kernels need a GPU of compute capability " + PtxFamily.lowestCapability()
                        + " or higher, use another device or --device cpu";
            case CUresult.CUDA_ERROR_JIT_COMPILER_NOT_FOUND ->
                "; the driver's PTX compiler is missing, install"
                        + " libnvidia-ptxjitcompiler, or give a container NVIDIA_DRIVER_CAPABILITIES=compute,utility";
            case CUresult.CUDA_ERROR_SYSTEM_NOT_READY ->
                "; the machine's GPUs are not set up, start" + " nvidia-fabricmanager";
            case CUresult.CUDA_ERROR_SYSTEM_DRIVER_MISMATCH ->
                "; the driver's library and its kernel module differ in" + " version, restart the machine";
            default -> "";
        };
    }
}
