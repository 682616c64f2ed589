package io.mambapkd.ops.cuda.driver;

import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Memory;
import io.mambapkd.tensor.Tensor;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sums of partial rows that operations leave to the end of a pass over one buffer of gradients. The first pass finds out what memory the rows take, which sums there are, and which gradients
 * operations reach themselves; every other pass must do the same, so that graphs can hold all of it.
 */
public final class DeferredSums implements AutoCloseable {
    /**
     * A sum over rows.
     *
     * @param first the first gradient, counted from the first of the buffer
     * @param elements how many gradients
     * @param partials address of what is added to the first of them
     * @param rows number of terms
     * @param stride floats between the terms
     * @param logarithms address of the logarithms of the decay, A_log, that -exp of multiplies the sum; 0 for none
     */
    public record Sum(int first, int elements, long partials, int rows, int stride, long logarithms) {
        /** Behind the last gradient. */
        public int end() {
            return first + elements;
        }
    }

    private final DeviceContext cuda;
    private final Tensor gradients;
    private final int count;
    private final long address;
    private final List<CudaMemory> memories = new ArrayList<>();
    private final List<Sum> sums = new ArrayList<>();
    private final BitSet reached = new BitSet();
    private boolean learned;
    private int nextMemory;
    private int nextSum;

    /** @param gradients (n) F32 */
    public DeferredSums(DeviceContext cuda, Tensor gradients) {
        this.cuda = cuda;
        this.gradients = gradients;
        count = Math.toIntExact(gradients.shape().elements());
        address = cuda.address(gradients);
    }

    /** Begins a pass, and ends that of any other. */
    public void begin() {
        nextMemory = 0;
        nextSum = 0;
        if (!learned) {
            sums.clear();
            reached.clear();
        }
        cuda.defer(this);
    }

    /** Device address of {@code bytes} bytes on a 256-byte boundary, with any content, that are the caller's until the pass ends. */
    public long allocate(long bytes) {
        boolean present =
                nextMemory < memories.size() && memories.get(nextMemory).bytes() == bytes;
        if (!present && learned) {
            throw other("partial rows of " + bytes + " bytes as number " + nextMemory);
        }
        if (!present) {
            refuseCapture();
            // What a pass that broke off has left behind.
            while (memories.size() > nextMemory) {
                cuda.free(memories.remove(memories.size() - 1));
            }
            memories.add(cuda.allocate(bytes));
        }
        return memories.get(nextMemory++).address();
    }

    /**
     * Takes a sum over columns of partial rows.
     *
     * @param target that the sum is added to
     * @param partials address of what is added to the first element, in memory of {@link #allocate}
     * @param logarithms of the decay, of as many elements, or null
     * @return whether it is taken: not, where the target is no part of these gradients
     */
    public boolean take(Tensor target, long partials, int rows, int stride, @Nullable Tensor logarithms) {
        if (!isPart(target) || !target.isDense()) {
            return false;
        }
        Sum sum = new Sum(
                first(target),
                Math.toIntExact(target.shape().elements()),
                partials,
                rows,
                stride,
                logarithms == null ? 0 : cuda.address(logarithms));
        if (!learned) {
            sums.add(sum);
        } else if (nextSum == sums.size() || !sums.get(nextSum).equals(sum)) {
            throw other("a sum of " + rows + " partial rows for " + target + " as number " + nextSum);
        }
        nextSum++;
        return true;
    }

    /** Notes that an operation asks for the address of a tensor. */
    void reach(Tensor tensor) {
        if (!isPart(tensor)) {
            return;
        }
        int from = first(tensor);
        int end = from
                + (tensor.shape().rows() - 1) * tensor.rowStride()
                + tensor.shape().last();
        if (!learned) {
            reached.set(from, end);
        } else if (reached.nextClearBit(from) < end) {
            throw other("an operation that adds to " + tensor + " itself");
        }
    }

    private boolean isPart(Tensor tensor) {
        Memory memory = tensor.memory();
        long from = tensor.offset() - gradients.offset();
        return tensor.dtype() == DType.F32 && memory == gradients.memory() && from >= 0 && from < count;
    }

    private int first(Tensor tensor) {
        return (int) (tensor.offset() - gradients.offset());
    }

    private IllegalStateException other(String what) {
        return new IllegalStateException("the gradients in " + gradients + " were first assembled from other sums: now "
                + what + "; make an assembly for each sequence of operations");
    }

    private void refuseCapture() {
        if (cuda.isCapturing()) {
            throw new IllegalStateException("the gradients in " + gradients
                    + " cannot be assembled for the first time while launches are captured; run the step once before");
        }
    }

    /**
     * Ends a pass.
     *
     * @return whether it was the first
     * @throws IllegalStateException if it did not begin, or the pass was unlike the first
     */
    public boolean end() {
        if (cuda.deferred() != this) {
            throw new IllegalStateException("the assembly of the gradients in " + gradients + " ends without a begin");
        }
        cuda.defer(null);
        if (learned && nextSum != sums.size()) {
            throw other(nextSum + " sums instead of " + sums.size());
        }
        if (!learned) {
            refuseCapture();
            learned = true;
            return true;
        }
        return false;
    }

    /** The sums of every pass, in the order in which they came. */
    public List<Sum> sums() {
        return List.copyOf(sums);
    }

    /** The gradients that operations add to themselves. */
    public BitSet reached() {
        return (BitSet) reached.clone();
    }

    /** Address of the first gradient. */
    public long address() {
        return address;
    }

    /** Number of gradients. */
    public int count() {
        return count;
    }

    @Override
    public void close() {
        if (cuda.deferred() == this) {
            cuda.defer(null);
        }
        memories.forEach(cuda::free);
        memories.clear();
    }
}
