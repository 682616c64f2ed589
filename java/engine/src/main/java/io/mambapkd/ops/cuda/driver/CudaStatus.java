package io.mambapkd.ops.cuda.driver;

import io.mambapkd.Problem;
import io.mambapkd.ops.cuda.failures.CudaCallError;
import io.mambapkd.ops.cuda.failures.DeviceLostException;
import io.mambapkd.ops.cuda.failures.FailureOrigin;
import io.mambapkd.ops.cuda.failures.UnusableDeviceException;
import io.mambapkd.ops.cuda.ptx.PtxFamily;
import java.util.function.Supplier;
import jcuda.driver.CUresult;

/** What the status of a driver call means, and what to do about it. */
public final class CudaStatus {
    public static final int SUCCESS = CUresult.CUDA_SUCCESS;

    /** Of drivers newer than JCuda, by the numbers of their cuda.h. */
    private static final int CALL_REQUIRES_NEWER_DRIVER = 36;

    private static final int CONTAINED = 226;

    private static final String OTHER_DEVICE = "choose another with --gpu, or use --device cpu";

    private CudaStatus() {}

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

    /** Refuses every status of cuInit but success: nothing has run there that could be to blame. */
    public static void checkStart(int status) {
        if (isSticky(status)) {
            throw failure(
                    status,
                    "the NVIDIA driver does not start: cuInit(): " + name(status),
                    "see whether nvidia-smi works and what the system's log (dmesg) says of NVRM, load the modules nvidia and"
                            + " nvidia_uvm again or restart the machine, or use --device cpu");
        }
        check(status, () -> "cuInit()");
    }

    /**
     * The failure of one call: a {@link DeviceLostException}, another {@link UnusableDeviceException}, or a {@link CudaCallError}.
     *
     * @param call with its arguments, as in {@code cuMemAlloc(bytes=64)}
     */
    public static RuntimeException failure(int status, String call) {
        return isSticky(status)
                ? lost(status, "in or before " + call, remedy(status))
                : failure(status, call + ": " + name(status), remedy(status));
    }

    /**
     * The failure of one kernel, known to be its own.
     *
     * @param launch the launch with its arguments
     */
    static RuntimeException inKernel(int status, String launch) {
        return isSticky(status)
                ? lost(status, "in " + launch, deviceRemedy(status, OTHER_DEVICE))
                : failure(status, launch);
    }

    private static DeviceLostException lost(int status, String where, String remedy) {
        String text = "the device reported " + name(status) + " " + where
                + "; this process cannot use it any more and has to be started again";
        return new DeviceLostException(status, new Problem(text, remedy));
    }

    /** As in cuda.h. */
    static String name(int status) {
        return switch (status) {
            case CALL_REQUIRES_NEWER_DRIVER -> "CUDA_ERROR_CALL_REQUIRES_NEWER_DRIVER";
            case CONTAINED -> "CUDA_ERROR_CONTAINED";
            default -> {
                String known = CUresult.stringFor(status);
                yield known.startsWith("CUDA_")
                        ? known
                        : "CUDA status " + status + ", which this program does not know";
            }
        };
    }

    private static RuntimeException failure(int status, String text, String remedy) {
        return origin(status).failure(status, new Problem(text, remedy));
    }

    /**
     * Like {@link #check} for a call that gives something back: after a device error, or where the device or its context is gone, none of
     * them succeeds, and that was reported where it was seen.
     */
    static void checkRelease(int status, Supplier<String> call) {
        if (!isSticky(status) && meaning(status) != Meaning.GONE) {
            check(status, call);
        }
    }

    /** Who can mend it. */
    static FailureOrigin origin(int status) {
        return meaning(status) == Meaning.NEVER_RIGHT ? FailureOrigin.PROGRAM : FailureOrigin.MACHINE;
    }

    /** Whether no later call of this process on the device can succeed. */
    static boolean isSticky(int status) {
        return meaning(status) == Meaning.DEVICE_ERROR;
    }

    private enum Meaning {
        /** cuda.h says that the process, or the context, is of no use any more. */
        DEVICE_ERROR,
        /** The device or its context is not there. */
        GONE,
        /** The machine or its settings do not allow it. */
        UNUSABLE,
        /** A call of this program that no machine would take, and every status that is not listed. */
        NEVER_RIGHT
    }

    private static Meaning meaning(int status) {
        return switch (status) {
            case CONTAINED,
                    CUresult.CUDA_ERROR_ECC_UNCORRECTABLE,
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
                    CUresult.CUDA_ERROR_EXTERNAL_DEVICE,
                    CUresult.CUDA_ERROR_UNKNOWN -> Meaning.DEVICE_ERROR;
            case CUresult.CUDA_ERROR_DEINITIALIZED,
                    CUresult.CUDA_ERROR_DEVICE_UNAVAILABLE,
                    CUresult.CUDA_ERROR_NO_DEVICE,
                    CUresult.CUDA_ERROR_INVALID_DEVICE,
                    CUresult.CUDA_ERROR_CONTEXT_IS_DESTROYED -> Meaning.GONE;
            case CALL_REQUIRES_NEWER_DRIVER,
                    CUresult.CUDA_ERROR_OUT_OF_MEMORY,
                    CUresult.CUDA_ERROR_STUB_LIBRARY,
                    CUresult.CUDA_ERROR_DEVICE_NOT_LICENSED,
                    CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU,
                    CUresult.CUDA_ERROR_JIT_COMPILER_NOT_FOUND,
                    CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION,
                    CUresult.CUDA_ERROR_JIT_COMPILATION_DISABLED,
                    CUresult.CUDA_ERROR_SHARED_OBJECT_SYMBOL_NOT_FOUND,
                    CUresult.CUDA_ERROR_SHARED_OBJECT_INIT_FAILED,
                    CUresult.CUDA_ERROR_OPERATING_SYSTEM,
                    CUresult.CUDA_ERROR_NOT_SUPPORTED,
                    CUresult.CUDA_ERROR_SYSTEM_NOT_READY,
                    CUresult.CUDA_ERROR_SYSTEM_DRIVER_MISMATCH,
                    CUresult.CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE,
                    CUresult.CUDA_ERROR_MPS_CONNECTION_FAILED,
                    CUresult.CUDA_ERROR_MPS_RPC_FAILURE,
                    CUresult.CUDA_ERROR_MPS_SERVER_NOT_READY,
                    CUresult.CUDA_ERROR_MPS_MAX_CLIENTS_REACHED,
                    CUresult.CUDA_ERROR_MPS_MAX_CONNECTIONS_REACHED,
                    CUresult.CUDA_ERROR_MPS_CLIENT_TERMINATED -> Meaning.UNUSABLE;
            default -> Meaning.NEVER_RIGHT;
        };
    }

    /** What to do; empty for what no change of the machine mends. */
    static String remedy(int status) {
        return switch (status) {
            case CUresult.CUDA_ERROR_OUT_OF_MEMORY ->
                "the device has no room left, use a smaller batch, or end what else uses it (nvidia-smi lists that)";
            case CALL_REQUIRES_NEWER_DRIVER -> "install a newer NVIDIA driver, or use --device cpu";
            case CUresult.CUDA_ERROR_STUB_LIBRARY ->
                "a stub of libcuda.so.1 is loaded, not the driver, take the folder stubs out of LD_LIBRARY_PATH";
            case CUresult.CUDA_ERROR_DEVICE_UNAVAILABLE ->
                "another process has the device for itself, or the device takes none: wait for it, " + OTHER_DEVICE;
            case CUresult.CUDA_ERROR_NO_DEVICE ->
                "no NVIDIA GPU is visible to this process, look at nvidia-smi and CUDA_VISIBLE_DEVICES, or use --device cpu";
            case CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU ->
                "the kernels need a GPU of compute capability " + PtxFamily.lowestCapability()
                        + " or higher, use another device or --device cpu";
            case CUresult.CUDA_ERROR_JIT_COMPILER_NOT_FOUND ->
                "the driver's PTX compiler is missing, install"
                        + " libnvidia-ptxjitcompiler, or give a container NVIDIA_DRIVER_CAPABILITIES=compute,utility";
            case CUresult.CUDA_ERROR_SYSTEM_NOT_READY ->
                "the machine's GPUs are not set up, start nvidia-fabricmanager";
            case CUresult.CUDA_ERROR_SYSTEM_DRIVER_MISMATCH ->
                "the driver's library and its kernel module differ in version, restart the machine";
            default ->
                switch (meaning(status)) {
                    case DEVICE_ERROR -> deviceRemedy(status, "run with MAMBA_PKD_CUDA_SYNC=1 to find the kernel");
                    case GONE, UNUSABLE -> "try another device with --gpu, or use --device cpu";
                    case NEVER_RIGHT -> "";
                };
        };
    }

    /**
     * What to do after a device error.
     *
     * @param other what to do where the status alone does not tell
     */
    private static String deviceRemedy(int status, String other) {
        return switch (status) {
            case CUresult.CUDA_ERROR_ECC_UNCORRECTABLE ->
                "its memory is failing: look at nvidia-smi -q -d ECC,PAGE_RETIREMENT and restart the machine, or "
                        + OTHER_DEVICE;
            case CONTAINED, CUresult.CUDA_ERROR_NVLINK_UNCORRECTABLE ->
                "its link to other devices is failing: look at nvidia-smi nvlink -e and restart the machine, or "
                        + OTHER_DEVICE;
            case CUresult.CUDA_ERROR_LAUNCH_TIMEOUT ->
                "a display is attached to it and the system ends long kernels there, use a device without a display";
            case CUresult.CUDA_ERROR_UNKNOWN, CUresult.CUDA_ERROR_EXTERNAL_DEVICE ->
                "look for Xid in the system's log to see whether it was lost, and " + other;
            default -> other;
        };
    }
}
