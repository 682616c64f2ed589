package io.mambapkd.train.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.InputException;
import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.emulator.EmulatedDriver.Fault;
import io.mambapkd.ops.cuda.failures.CudaCallError;
import io.mambapkd.ops.cuda.failures.CudaFailure;
import io.mambapkd.ops.cuda.failures.DeviceLostException;
import io.mambapkd.train.RunStopped;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import jcuda.driver.CUdevice;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/**
 * How a call fails.
 *
 * @param status of the driver
 * @param libraryStatus of cuBLAS or cuDNN where a call of theirs fails
 * @param fault what becomes of later calls
 */
record PlannedFault(int status, int libraryStatus, Fault fault) {
    private static final int OUT_OF_MEMORY = 2;
    private static final List<Integer> DRIVER = List.of(OUT_OF_MEMORY, 214, 700, 719, 999);
    /** No memory, wrong arguments, a kernel that failed, an error inside. */
    private static final List<Integer> CUBLAS = List.of(3, 7, 13, 14);
    /** Not started, an error inside, no memory, a kernel that failed. Refusals are not among them: another way is tried then, which gives other bits. */
    private static final List<Integer> CUDNN = List.of(1001, 4000, 4004, 5000);

    private static final int BAD_INPUT = 2;
    private static final int DEVICE_LOST = 5;
    private static final int PROGRAM_ERROR = 70;
    private static final int INTERRUPTED = 75;

    /** All ways in which a call can fail: each status with all faults, then the next. */
    static List<PlannedFault> of(FailingRun.Call call) {
        List<PlannedFault> faults = new ArrayList<>();
        // What a library does on the driver fails by the driver's statuses.
        boolean inside = call.name().endsWith(" inside");
        boolean cublas = !inside && call.name().startsWith("cublas");
        boolean cudnn = !inside && call.name().startsWith("cudnn");
        for (int code : cublas ? CUBLAS : cudnn ? CUDNN : DRIVER) {
            for (Fault fault : Fault.values()) {
                faults.add(cublas || cudnn ? new PlannedFault(719, code, fault) : new PlannedFault(code, 0, fault));
            }
        }
        return faults;
    }

    /** Has call {@code number} from now on fail. */
    void plan(int number) {
        EmulatedDriver.failAfter(number, status, libraryStatus, fault);
    }

    /** Ends what was planned, and the device's context, however often it was opened: what a failure has left there is gone. */
    static void forget() {
        EmulatedDriver.failAfter(0, 0, Fault.PASSING);
        CUdevice device = new CUdevice();
        assertThat(JCudaDriver.cuDeviceGet(device, 0)).isZero();
        while (JCudaDriver.cuDevicePrimaryCtxRelease(device) == CUresult.CUDA_SUCCESS) {
            // Until nobody has it open.
        }
    }

    /** Whether a failure names this one: by its own status, or that of the library whose kernel failed. */
    boolean isNamedBy(Throwable failure) {
        if (failure instanceof RunStopped) {
            return true;
        }
        int named = failure instanceof CudaFailure call ? call.status() : CudaFailure.NO_STATUS;
        boolean hostMemory = named == CudaFailure.NO_STATUS && status == OUT_OF_MEMORY;
        return hostMemory || Set.of(status, 13, 5000).contains(named) || named == libraryStatus && named != 0;
    }

    /** The exit code that the command line has for what ends a run. A library does not say whether the device is lost: the command line asks it then. */
    static int exitCode(Throwable failure) {
        if (failure instanceof RunStopped) {
            return INTERRUPTED;
        }
        if (CudaCallError.in(failure).isPresent()) {
            return PROGRAM_ERROR;
        }
        if (failure instanceof InputException) {
            return DeviceLostException.in(failure).isPresent() ? DEVICE_LOST : BAD_INPUT;
        }
        throw new AssertionError("the command line has no sentence for it", failure);
    }

    /** The codes that fit the statuses of this failure. */
    Set<Integer> exitCodes() {
        if (libraryStatus == 7) {
            return Set.of(PROGRAM_ERROR, DEVICE_LOST, BAD_INPUT, INTERRUPTED);
        }
        return status == OUT_OF_MEMORY ? Set.of(BAD_INPUT, INTERRUPTED) : Set.of(DEVICE_LOST, BAD_INPUT, INTERRUPTED);
    }
}
