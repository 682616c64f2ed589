package io.mambapkd.ops.cuda.driver;

import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.ops.cuda.ptx.ParameterType;
import io.mambapkd.tensor.Tensor;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One kernel launch under construction: the arguments in the kernel's order, then the grid.
 *
 * <p>Number and types of the arguments are compared with the PTX, as far as it tells: two pointers in the wrong order
 * pass. A context has one launch, reused, so that launching leaves no garbage.
 */
public final class Launch {
    /** As many arguments as any kernel may have. */
    static final int MOST_ARGUMENTS = 64;

    private static final int MOST_BLOCKS_X = Integer.MAX_VALUE;
    private static final int MOST_BLOCKS_YZ = 65_535;

    private final CudaContext context;
    private final ByteBuffer arguments;
    private @Nullable Kernel kernel;
    private int given;
    private int sharedBytes;

    Launch(CudaContext context, ByteBuffer arguments) {
        this.context = context;
        this.arguments = arguments;
    }

    /** Forgets the launch before this one. */
    Launch begin(Kernel next) {
        kernel = next;
        given = 0;
        sharedBytes = 0;
        return this;
    }

    /** The address of the tensor's first element; a null pointer for null. */
    public Launch tensor(@Nullable Tensor tensor) {
        return tensor(tensor, tensor == null ? 1 : tensor.dtype().bytes());
    }

    /**
     * The address of the tensor's first element, for a kernel that reads several elements at once; a null pointer for null.
     *
     * @throws IllegalArgumentException if the address is no multiple of {@code alignment} bytes
     */
    public Launch tensor(@Nullable Tensor tensor, int alignment) {
        if (tensor == null) {
            return address(0);
        }
        long address = context.address(tensor);
        if (address % alignment != 0) {
            throw new IllegalArgumentException(of() + ": " + tensor + " starts at " + address
                    + ", which is no multiple of " + alignment + " bytes; copy it to a tensor of its own");
        }
        return address(address);
    }

    /** An address on the device. */
    public Launch address(long deviceAddress) {
        arguments.putLong(slot(ParameterType.WIDE), deviceAddress);
        return this;
    }

    /** An {@code int}. */
    public Launch int32(int value) {
        arguments.putInt(slot(ParameterType.INT32), value);
        return this;
    }

    /** A {@code long long}. */
    public Launch int64(long value) {
        arguments.putLong(slot(ParameterType.WIDE), value);
        return this;
    }

    /** A {@code float}. */
    public Launch float32(float value) {
        arguments.putFloat(slot(ParameterType.FLOAT32), value);
        return this;
    }

    /** Dynamic shared memory in bytes; 0 unless said. */
    public Launch sharedBytes(int bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException(of() + ": shared memory must be 0 bytes or more, got " + bytes);
        }
        sharedBytes = bytes;
        return this;
    }

    /** Launches {@code x} blocks. */
    public void grid(long x) {
        grid(x, 1, 1);
    }

    /** Launches {@code x} times {@code y} blocks. */
    public void grid(long x, int y) {
        grid(x, y, 1);
    }

    /**
     * Launches {@code x} times {@code y} times {@code z} blocks of the size that the kernel was compiled for.
     *
     * @throws IllegalArgumentException if arguments are missing, or an extent is below 1 or above what CUDA allows
     */
    public void grid(long x, int y, int z) {
        Kernel launched = started();
        if (given != launched.parameterCount()) {
            throw new IllegalArgumentException(
                    of() + ": the kernel takes " + launched.parameterCount() + " arguments, got " + given);
        }
        if (x < 1 || x > MOST_BLOCKS_X || y < 1 || y > MOST_BLOCKS_YZ || z < 1 || z > MOST_BLOCKS_YZ) {
            throw new IllegalArgumentException(of() + ": the grid must be from (1, 1, 1) to (" + MOST_BLOCKS_X + ", "
                    + MOST_BLOCKS_YZ + ", " + MOST_BLOCKS_YZ + "), got (" + x + ", " + y + ", " + z + ")");
        }
        context.run(launched, (int) x, y, z, sharedBytes);
        kernel = null;
    }

    /** Offset of the next argument's slot, if its type is the kernel's. */
    private int slot(ParameterType type) {
        Kernel launched = started();
        if (given == launched.parameterCount()) {
            throw new IllegalArgumentException(
                    of() + ": the kernel takes " + given + " arguments, got one more, " + type);
        }
        if (launched.parameter(given) != type) {
            throw new IllegalArgumentException(
                    of() + ": argument " + given + " must be " + launched.parameter(given) + ", got " + type);
        }
        return Long.BYTES * given++;
    }

    private Kernel started() {
        Kernel launched = kernel;
        if (launched == null) {
            throw new IllegalStateException("a launch starts with CudaContext.launch and ends with its grid");
        }
        return launched;
    }

    private String of() {
        return "launch of " + started();
    }
}
