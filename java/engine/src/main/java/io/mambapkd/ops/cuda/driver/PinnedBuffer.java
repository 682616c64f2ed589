package io.mambapkd.ops.cuda.driver;

import io.mambapkd.Problem;
import io.mambapkd.ops.cuda.failures.UnusableDeviceException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** Host memory that does not move and that the device reads at full speed. */
public final class PinnedBuffer implements AutoCloseable {
    private final Pointer pointer = new Pointer();
    private final long bytes;
    private final long address;
    private final ByteBuffer contents;

    /** @throws io.mambapkd.ops.cuda.failures.UnusableDeviceException if the machine cannot give that much */
    public PinnedBuffer(long bytes) {
        this.bytes = bytes;
        int status = JCudaDriver.cuMemAllocHost(pointer, bytes);
        String call = "cuMemAllocHost(bytes=" + bytes + ")";
        if (status == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
            // It is the host's memory that is short; by its status alone, the device's would be blamed.
            throw new UnusableDeviceException(
                    new Problem(
                            "the host cannot pin " + bytes + " bytes of its memory for the device (" + call + ": "
                                    + CudaStatus.name(status) + ")",
                            "end other programs, or allow more locked memory to the process or its container (ulimit -l)"),
                    null);
        }
        CudaStatus.check(status, () -> call);
        address = new Raw(pointer).address();
        contents = pointer.getByteBuffer(0, bytes).order(ByteOrder.nativeOrder());
    }

    /** All bytes, in native order. */
    public ByteBuffer contents() {
        return contents;
    }

    /** Bytes {@code from} (inclusive) to {@code to} (exclusive), in native order. */
    ByteBuffer slice(int from, int to) {
        return contents.slice(from, to - from).order(ByteOrder.nativeOrder());
    }

    long bytes() {
        return bytes;
    }

    /** Host address of byte {@code offset}. */
    public long address(long offset) {
        return address + offset;
    }

    @Override
    public void close() {
        CudaStatus.checkRelease(JCudaDriver.cuMemFreeHost(pointer), () -> "cuMemFreeHost(" + bytes + " bytes)");
    }
}
