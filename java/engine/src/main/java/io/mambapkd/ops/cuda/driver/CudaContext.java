package io.mambapkd.ops.cuda.driver;

import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.Tensor;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What the operations of one CUDA backend share: the kernels, launches, scratch memory. For one thread at a time.
 *
 * <p>Everything is ordered on one stream: what is launched later sees what was launched before.
 */
public abstract class CudaContext implements AutoCloseable {
    /** Bytes of the argument block: one 8-byte slot for each argument of a launch. */
    public static final int ARGUMENT_BYTES = Launch.MOST_ARGUMENTS * Long.BYTES;

    private final Launch launch;
    private @Nullable DeferredSums deferred;

    /** @param arguments {@link #ARGUMENT_BYTES} bytes in native order, where launches put the values of their arguments */
    public CudaContext(ByteBuffer arguments) {
        launch = new Launch(this, arguments);
    }

    /**
     * An entry of {@code FAMILY.ptx}; keep it in a field.
     *
     * @throws IllegalArgumentException if the family has no such entry
     */
    public abstract Kernel kernel(String family, String entry);

    /** Starts a launch; give the arguments in the kernel's order, then the grid. Allocates nothing. */
    public final Launch launch(Kernel kernel) {
        return launch.begin(kernel);
    }

    /**
     * Device address of at least {@code bytes} bytes on a 256-byte boundary, with any content. Valid until the next call:
     * kernels launched before that call keep what they were given.
     */
    public abstract long scratch(long bytes);

    /**
     * Device address of the tensor's first element.
     *
     * @throws IllegalArgumentException if it lives elsewhere
     * @throws IllegalStateException if its arena is not sealed, or closed
     */
    public abstract long address(Tensor tensor);

    /** The sums that operations leave to the end of a pass; null outside of one. */
    public final @Nullable DeferredSums deferred() {
        return deferred;
    }

    final void defer(@Nullable DeferredSums sums) {
        deferred = sums;
    }

    /** Most shared memory, in bytes, that one block may have on the device. */
    public abstract int sharedLimit();

    /** Launches a kernel whose arguments are in the argument block; everything is checked but the shared memory. */
    abstract void run(Kernel kernel, int gridX, int gridY, int gridZ, int sharedBytes);

    @Override
    public abstract void close();
}
