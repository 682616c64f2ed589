package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.driver.TypedKernel;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** The kernels of {@code rms_norm_short.cu}: four columns for a lane, so that a warp has several rows. */
final class ShortNorm {
    private static final String FAMILY = "rms_norm_short";
    /** Columns of a lane, in one access. */
    private static final int LANE_COLUMNS = 4;
    /** Longest rows of the entries: those of 4, 8, 16 and 32 lanes. */
    private static final int[] WIDTHS = {16, 32, 64, 128};

    private static final int FORWARD_THREADS = 128;
    private static final int FORWARD_ROWS_OF_A_THREAD = 4;
    private static final int BACKWARD_THREADS = 256;
    /** Blocks for the gradient: two for each multiprocessor of an H100, and no more partial rows than that. The same on every device. */
    private static final int GRADIENT_BLOCKS = 264;

    private final CudaContext cuda;
    private final TypedKernel[] forward = new TypedKernel[WIDTHS.length];
    private final TypedKernel[] backward = new TypedKernel[WIDTHS.length];

    ShortNorm(CudaContext cuda) {
        this.cuda = cuda;
        for (int i = 0; i < WIDTHS.length; i++) {
            forward[i] = TypedKernel.of(cuda, FAMILY, "rms_norm_short_forward_w" + WIDTHS[i]);
            backward[i] = TypedKernel.of(cuda, FAMILY, "rms_norm_short_backward_w" + WIDTHS[i]);
        }
    }

    /**
     * Whether these kernels can take rows as those of {@code x}: up to 128 columns in whole groups of four, every tensor at a multiple of four elements,
     * and places of elements that fit in 31 bits. Models have no other widths and tensors, so that the rest need not be fast: it is left to the kernels
     * of longer rows, which read element by element.
     */
    static boolean takes(Tensor x, @Nullable Tensor... others) {
        int columns = x.shape().last();
        boolean takes = columns <= WIDTHS[WIDTHS.length - 1]
                && columns % LANE_COLUMNS == 0
                && x.shape().elements() <= Integer.MAX_VALUE
                && isAligned(x);
        for (Tensor other : others) {
            takes = takes && (other == null || isAligned(other));
        }
        return takes;
    }

    /** Memory itself starts at a multiple of 64 bytes. */
    private static boolean isAligned(Tensor tensor) {
        return tensor.offset() % LANE_COLUMNS == 0;
    }

    void forward(Tensor x, Tensor weight, float epsilon, Tensor y) {
        int rows = x.shape().rows();
        int columns = x.shape().last();
        int rowsOfABlock = FORWARD_THREADS / lanes(columns) * FORWARD_ROWS_OF_A_THREAD;
        cuda.launch(forward[entry(columns)].of(y))
                .tensor(y)
                .tensor(x)
                .tensor(weight)
                .int32(rows)
                .int32(columns)
                .float32(epsilon)
                .grid(Grids.blocks(rows, rowsOfABlock));
    }

    /** The kernel of the gradient, which has the parameters of those of longer rows. */
    Kernel backward(Tensor dy, int columns) {
        return backward[entry(columns)].of(dy);
    }

    /** Rows for a block of the gradient, in whole groups of as many as it has at once. */
    static int blockRows(int rows, int columns) {
        int atOnce = BACKWARD_THREADS / lanes(columns);
        return Grids.blocks(Grids.blocks(rows, GRADIENT_BLOCKS), atOnce) * atOnce;
    }

    private static int lanes(int columns) {
        return WIDTHS[entry(columns)] / LANE_COLUMNS;
    }

    private static int entry(int columns) {
        int entry = 0;
        while (WIDTHS[entry] < columns) {
            entry++;
        }
        return entry;
    }
}
