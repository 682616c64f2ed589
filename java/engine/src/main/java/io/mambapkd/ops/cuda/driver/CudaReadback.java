package io.mambapkd.ops.cuda.driver;

import io.mambapkd.ops.Readback;
import io.mambapkd.ops.ReadbackQueue;
import io.mambapkd.tensor.Tensor;
import java.nio.FloatBuffer;
import jcuda.driver.JCudaDriver;

/** A few pinned slots, each with an event behind its copy. Asking and taking make no garbage. */
public final class CudaReadback implements Readback {
    private final DeviceContext context;
    private final Tensor source;
    private final ReadbackQueue queue;
    private final long bytes;
    private final DeviceAddress from;
    private final PinnedBuffer slots;
    private final Raw[] to;
    private final FloatBuffer[] contents;
    private final CudaEvent[] arrived;

    public CudaReadback(DeviceContext context, Tensor source, int capacity) {
        this.context = context;
        this.source = source;
        queue = new ReadbackQueue(source, capacity);
        bytes = (long) queue.elements() * Float.BYTES;
        from = new DeviceAddress(context.address(source));
        context.enter();
        slots = new PinnedBuffer(capacity * bytes);
        to = new Raw[capacity];
        contents = new FloatBuffer[capacity];
        arrived = new CudaEvent[capacity];
        for (int i = 0; i < capacity; i++) {
            to[i] = new Raw(slots.address(i * bytes));
            contents[i] =
                    slots.slice((int) (i * bytes), (int) ((i + 1) * bytes)).asFloatBuffer();
            arrived[i] = new CudaEvent();
        }
    }

    @Override
    public void request() {
        context.enter();
        int slot = queue.add();
        int status = JCudaDriver.cuMemcpyDtoHAsync(to[slot], from, bytes, context.stream());
        if (status != CudaStatus.SUCCESS) {
            throw CudaStatus.failure(status, "cuMemcpyDtoHAsync(" + source + ", bytes=" + bytes + ")");
        }
        arrived[slot].record(context.stream());
    }

    @Override
    public int pending() {
        return queue.pending();
    }

    @Override
    public void take(float[] target) {
        context.enter();
        int slot = queue.remove(target);
        arrived[slot].synchronise();
        contents[slot].get(0, target);
    }

    @Override
    public void close() {
        if (context.isOpen()) {
            context.enterToRelease();
            for (CudaEvent event : arrived) {
                event.close();
            }
            slots.close();
        }
    }
}
