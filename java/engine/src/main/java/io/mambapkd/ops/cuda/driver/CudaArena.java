package io.mambapkd.ops.cuda.driver;

import io.mambapkd.Problem;
import io.mambapkd.ops.cuda.failures.UnusableDeviceException;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Memory;

/** An arena of device memory. */
public final class CudaArena extends Arena {
    private final DeviceContext context;
    private long reservedBytes;

    public CudaArena(DeviceContext context, String name, Layout layout, Blocks blocks) {
        super(name, layout, blocks);
        this.context = context;
    }

    @Override
    protected Memory reserve(DType dtype, long elements) {
        long bytes = elements * dtype.bytes();
        CudaMemory memory;
        try {
            memory = context.allocate(bytes);
        } catch (UnusableDeviceException failure) {
            throw failure.isOutOfMemory() ? tooLarge(failure.status()) : failure;
        }
        context.zero(memory.address(), bytes);
        reservedBytes += bytes;
        return memory;
    }

    private UnusableDeviceException tooLarge(int status) {
        DeviceContext.Room room = context.room();
        return new UnusableDeviceException(
                status, refusal(name(), bytes(), room.freeBytes() + reservedBytes, room.totalBytes(), batch()));
    }

    /**
     * What to say where the device has no room.
     *
     * @param batch that the arena was planned for, or 0 if its size does not depend on it
     */
    static Problem refusal(String arena, long neededBytes, long freeBytes, long totalBytes, int batch) {
        String text = "arena " + arena + " needs " + neededBytes + " bytes of device memory, of which " + freeBytes
                + " of " + totalBytes + " are free";
        if (batch == 0) {
            return new Problem(text, "use a smaller model, or end what else uses the device");
        }
        // Free memory in pieces may refuse even less than is free, hence never the batch itself.
        long fitting = Math.min(batch - 1, (long) ((double) batch * freeBytes / neededBytes));
        return new Problem(
                text,
                fitting < 1
                        ? "not even a batch of 1 fits, use a smaller model"
                        : "use a batch of at most " + fitting + " instead of " + batch);
    }

    @Override
    protected void release(Memory memory) {
        context.free((CudaMemory) memory);
    }
}
