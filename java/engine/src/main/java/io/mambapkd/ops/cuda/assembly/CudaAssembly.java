package io.mambapkd.ops.cuda.assembly;

import static java.util.Objects.requireNonNull;

import io.mambapkd.ops.GradientAssembly;
import io.mambapkd.ops.OptimizerOps;
import io.mambapkd.ops.checks.OptimizerChecks;
import io.mambapkd.ops.cuda.driver.CudaArena;
import io.mambapkd.ops.cuda.driver.CudaCopies;
import io.mambapkd.ops.cuda.driver.DeferredSums;
import io.mambapkd.ops.cuda.driver.DeviceContext;
import io.mambapkd.ops.cuda.kernels.CudaOptimizer;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Gradients from the partial rows of all operations of a step, by one kernel that leaves the squares for the norm, too. The first step is done with all gradients zero at the start; from then on only
 * those are set to zero that operations add to themselves.
 */
public final class CudaAssembly implements GradientAssembly {
    /** Three for each multiprocessor of an H100, as many as it holds at once. The same on every device. */
    private static final int MOST_BLOCKS = 396;

    private final DeviceContext cuda;
    private final CudaCopies copies;
    private final CudaOptimizer optimizer;
    private final Kernel kernel;
    private final Tensor gradients;
    private final DeferredSums sums;
    private @Nullable Uploaded uploaded;

    /** The table on the device. */
    private record Uploaded(AssemblyTable table, Arena arena, Tensor ranges, Tensor sums, Tensor tiles) {}

    /** @param gradients (n) */
    public CudaAssembly(DeviceContext cuda, CudaCopies copies, Tensor gradients) {
        this.cuda = cuda;
        this.copies = copies;
        this.gradients = gradients;
        optimizer = new CudaOptimizer(cuda);
        kernel = cuda.kernel("gradient_assembly", "gradient_assembly_f32");
        sums = new DeferredSums(cuda, gradients);
    }

    @Override
    public void begin() {
        if (uploaded == null) {
            zero(0, sums.count());
        } else {
            for (AssemblyTable.Range range : uploaded.table().zeroed()) {
                zero(range.from(), range.end());
            }
        }
        sums.begin();
    }

    private void zero(int from, int end) {
        cuda.zero(sums.address() + (long) from * Float.BYTES, (long) (end - from) * Float.BYTES);
    }

    @Override
    public void end(double maximum, Tensor norm, Tensor factor, OptimizerOps.@Nullable Books books) {
        OptimizerChecks.gradientNorm(maximum, gradients, norm, factor, books);
        if (sums.end()) {
            uploaded = upload(AssemblyTable.of(sums));
        }
        Uploaded device = requireNonNull(uploaded);
        int tiles = device.table().tiles();
        int blocks = Math.max(1, Math.min(tiles, MOST_BLOCKS));
        long squares = cuda.scratch((long) blocks * Double.BYTES);
        cuda.launch(kernel)
                .tensor(gradients)
                .address(squares)
                .tensor(device.ranges())
                .tensor(device.sums(), Long.BYTES)
                .tensor(device.tiles())
                .int32(tiles)
                .grid(blocks);
        optimizer.norm(squares, blocks, maximum, norm, factor, books);
    }

    private Uploaded upload(AssemblyTable table) {
        int[] ranges = table.rangeWords();
        int[] words = table.sumWords(sums.address());
        int[] tiles = table.tileRanges();
        Arena arena = new CudaArena(cuda, "table of gradients", Arena.Layout.SEPARABLE, Arena.Blocks.PER_TENSOR);
        Tensor rangesTensor = integers(arena, "ranges", ranges);
        Tensor sumsTensor = integers(arena, "sums", words);
        Tensor tilesTensor = integers(arena, "tiles", tiles);
        arena.seal();
        upload(ranges, rangesTensor);
        upload(words, sumsTensor);
        upload(tiles, tilesTensor);
        return new Uploaded(table, arena, rangesTensor, sumsTensor, tilesTensor);
    }

    private static Tensor integers(Arena arena, String name, int[] values) {
        return arena.allocate(name, DType.I32, Shape.of(Math.max(1, values.length)));
    }

    private void upload(int[] values, Tensor target) {
        if (values.length > 0) {
            copies.upload(target, (slot, from, count) -> slot.asIntBuffer().put(values, from, count));
        }
    }

    @Override
    public void close() {
        sums.close();
        if (uploaded != null) {
            uploaded.arena().close();
        }
    }
}
