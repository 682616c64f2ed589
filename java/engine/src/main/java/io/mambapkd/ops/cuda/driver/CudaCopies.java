package io.mambapkd.ops.cuda.driver;

import io.mambapkd.tensor.Tensor;
import java.nio.ByteBuffer;
import jcuda.driver.CUDA_MEMCPY2D;
import jcuda.driver.CUmemorytype;
import jcuda.driver.JCudaDriver;

/**
 * Copies between host and device, and on the device, in the order of a context's stream.
 *
 * <p>Host arrays go through a few pinned slots, piece by piece: the array may change as soon as an upload returns, and one
 * piece travels while the next is written.
 */
public final class CudaCopies implements AutoCloseable {
    private static final int SLOTS = 4;

    /** One way of a piece through a slot. */
    @FunctionalInterface
    public interface Piece {
        /** Moves {@code count} elements, the first of them number {@code from}, between the array and the slot. */
        void move(ByteBuffer slot, int from, int count);
    }

    private final DeviceContext context;
    private final int slotBytes;
    private final PinnedBuffer slots;
    private final CudaEvent[] lastUse = new CudaEvent[SLOTS];
    private int next;

    /** @param slotBytes size of a piece, a multiple of 4 */
    public CudaCopies(DeviceContext context, int slotBytes) {
        this.context = context;
        this.slotBytes = slotBytes;
        context.enter();
        slots = new PinnedBuffer((long) SLOTS * slotBytes);
        Releases undo = new Releases();
        undo.add(slots::close);
        try {
            for (int i = 0; i < SLOTS; i++) {
                CudaEvent event = new CudaEvent();
                undo.add(event::close);
                lastUse[i] = event;
            }
        } catch (RuntimeException | Error failure) {
            undo.after(failure);
            throw failure;
        }
    }

    /** Copies all elements of a host array to a dense tensor. */
    public void upload(Tensor target, Piece read) {
        long address = context.address(target);
        int elementBytes = target.dtype().bytes();
        int elements = Math.toIntExact(target.shape().elements());
        refuseCapture("upload", target);
        int pieceElements = slotBytes / elementBytes;
        for (long at = 0; at < elements; at += pieceElements) {
            int from = (int) at;
            int count = Math.min(pieceElements, elements - from);
            long bytes = (long) count * elementBytes;
            int slot = next;
            next = (next + 1) % SLOTS;
            lastUse[slot].synchronise();
            read.move(contents(slot, bytes), from, count);
            CudaStatus.check(
                    JCudaDriver.cuMemcpyHtoDAsync(
                            new DeviceAddress(address + (long) from * elementBytes),
                            new Raw(slots.address((long) slot * slotBytes)),
                            bytes,
                            context.stream()),
                    () -> "cuMemcpyHtoDAsync(" + target + ", bytes=" + bytes + ")");
            lastUse[slot].record(context.stream());
        }
    }

    /** Copies all elements of a dense tensor to a host array, waiting for all work on it. */
    public void download(Tensor source, Piece write) {
        long address = context.address(source);
        int elementBytes = source.dtype().bytes();
        int elements = Math.toIntExact(source.shape().elements());
        int pieceElements = slotBytes / elementBytes;
        int pieces = (elements - 1) / pieceElements + 1;
        refuseCapture("download", source);
        for (int piece = 0; piece < pieces + SLOTS - 1; piece++) {
            int arrived = piece - (SLOTS - 1);
            if (arrived >= 0) {
                int from = arrived * pieceElements;
                int count = Math.min(pieceElements, elements - from);
                int slot = arrived % SLOTS;
                lastUse[slot].synchronise();
                write.move(contents(slot, (long) count * elementBytes), from, count);
            }
            if (piece < pieces) {
                int from = piece * pieceElements;
                long bytes = (long) Math.min(pieceElements, elements - from) * elementBytes;
                int slot = piece % SLOTS;
                lastUse[slot].synchronise();
                CudaStatus.check(
                        JCudaDriver.cuMemcpyDtoHAsync(
                                new Raw(slots.address((long) slot * slotBytes)),
                                new DeviceAddress(address + (long) from * elementBytes),
                                bytes,
                                context.stream()),
                        () -> "cuMemcpyDtoHAsync(" + source + ", bytes=" + bytes + ")");
                lastUse[slot].record(context.stream());
            }
        }
    }

    private ByteBuffer contents(int slot, long bytes) {
        int from = slot * slotBytes;
        return slots.slice(from, from + (int) bytes);
    }

    private void refuseCapture(String operation, Tensor tensor) {
        context.enter();
        if (context.isCapturing()) {
            throw new IllegalStateException(operation + ": " + tensor
                    + " cannot be copied from or to the host while launches are captured; copy it before or after");
        }
    }

    /** Copies between tensors of one shape, either of which may be a column view. */
    public void copy(Tensor source, Tensor target) {
        long from = context.address(source);
        long to = context.address(target);
        long width = (long) source.shape().last() * source.dtype().bytes();
        context.enter();
        if (source.isDense() && target.isDense()) {
            long bytes = source.shape().rows() * width;
            CudaStatus.check(
                    JCudaDriver.cuMemcpyDtoDAsync(
                            new DeviceAddress(to), new DeviceAddress(from), bytes, context.stream()),
                    () -> "cuMemcpyDtoDAsync(" + target + ", " + source + ", bytes=" + bytes + ")");
            return;
        }
        CUDA_MEMCPY2D rows = new CUDA_MEMCPY2D();
        rows.srcMemoryType = CUmemorytype.CU_MEMORYTYPE_DEVICE;
        rows.srcDevice = new DeviceAddress(from);
        rows.srcPitch = pitch(source);
        rows.dstMemoryType = CUmemorytype.CU_MEMORYTYPE_DEVICE;
        rows.dstDevice = new DeviceAddress(to);
        rows.dstPitch = pitch(target);
        rows.WidthInBytes = width;
        rows.Height = source.shape().rows();
        CudaStatus.check(
                JCudaDriver.cuMemcpy2DAsync(rows, context.stream()),
                () -> "cuMemcpy2DAsync(" + target + ", " + source + ", width=" + rows.WidthInBytes + ", height="
                        + rows.Height + ", pitches=" + rows.dstPitch + " and " + rows.srcPitch + ")");
    }

    private static long pitch(Tensor tensor) {
        return (long) tensor.rowStride() * tensor.dtype().bytes();
    }

    @Override
    public void close() {
        Releases releases = new Releases();
        releases.add(slots::close);
        for (CudaEvent event : lastUse) {
            releases.add(event::close);
        }
        releases.all();
    }
}
