package io.mambapkd.ops;

import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import java.util.List;
import java.util.OptionalLong;

/**
 * A device: memory, copies, and the operation families. A constructor argument, never a singleton: a test holds two at
 * once.
 */
public interface Backend extends AutoCloseable {
    /** {@code cpu} or {@code cuda}. */
    String name();

    /** What a person should know of it, in a line: threads, libraries, device. */
    String description();

    /** Whether there can be tensors of a type here; arenas refuse the others when they are sealed. */
    boolean supports(DType dtype);

    /** Whether convolutions of F32 tensors can round their operands to BF16, as {@link Conv2dOps.Operands#BF16} does. */
    default boolean roundsOperands() {
        return false;
    }

    /** Whether convolutions read kernels in {@link Conv2dOps.Layout#CHANNELS_LAST}, as they lie; in the other layout they are copied then. */
    default boolean readsKernelsChannelsLast() {
        return false;
    }

    /** A new, empty arena in this backend's memory. */
    Arena newArena(String name, Arena.Layout layout);

    /** A new, empty arena of tensors that are used each for itself. */
    default Arena newArena(String name) {
        return newArena(name, Arena.Layout.SEPARABLE);
    }

    /** Copies {@code source} to a dense F32 tensor of as many elements. */
    void upload(float[] source, Tensor target);

    /** Copies {@code source} to a dense I32 tensor of as many elements. */
    void upload(int[] source, Tensor target);

    /** Copies {@code source} to a dense U8 tensor of as many elements. */
    void upload(byte[] source, Tensor target);

    /** Copies a dense F32 tensor to {@code target[at..]}, waiting for all work on it to end. */
    void download(Tensor source, float[] target, int at);

    /** A new array with the elements of a dense I32 tensor; waits for all work on it to end. */
    int[] downloadIntegers(Tensor source);

    /** Sets every element of a dense tensor to zero. */
    void zero(Tensor target);

    /** Copies between tensors of one shape and one type, F32 or BF16, on this backend. Column views allowed. */
    void copy(Tensor source, Tensor target);

    /**
     * Makes work ready to be repeated. The work may call the operations of this backend, {@link #zero} and {@link #copy}; it may neither upload,
     * download, nor allocate.
     */
    Replay replay(Runnable work);

    /**
     * A way to read a small dense F32 tensor again and again without holding up the device.
     *
     * @param capacity number of copies that may be on their way at a time
     */
    Readback readback(Tensor source, int capacity);

    /**
     * Bytes of data sets that this backend has room for beside everything else; what is larger is to be brought batch by batch. 0 where a copy would gain
     * nothing, because the device reads the host's memory.
     */
    long roomForData();

    /** Whether there is no hardware behind it, so that its times say nothing. */
    default boolean isEmulated() {
        return false;
    }

    /** Bytes of the device's own memory that nothing has reserved; empty where tensors lie in Java's heap. */
    default OptionalLong freeDeviceBytes() {
        return OptionalLong.empty();
    }

    /** The fallbacks that were taken so far, each once; empty where no library refused anything. */
    default List<Fallback> fallbacks() {
        return List.of();
    }

    GemmOps gemm();

    PointwiseOps pointwise();

    ActivationOps activation();

    NormOps norm();

    Conv1dOps conv1d();

    ScanOps scan();

    PatchOps patch();

    Conv2dOps conv2d();

    BatchNormOps batchNorm();

    PoolOps pool();

    DropoutOps dropout();

    DistillationLossOps distillationLoss();

    OptimizerOps optimizer();

    ImagePipelineOps imagePipeline();

    /** Parts of a Mamba block in one pass over memory; none unless the backend has kernels for them, and is to use them. */
    default BlockOps block() {
        return BlockOps.NONE;
    }

    /** The embedding of tokens in one pass over memory, as {@link #block}. */
    default EmbeddingOps embedding() {
        return EmbeddingOps.NONE;
    }

    /** The end of a student with its loss in one pass over memory, as {@link #block}. */
    default HeadOps head() {
        return HeadOps.NONE;
    }

    /**
     * An assembly of the gradients of training steps. Those of one backend take turns: one ends before another begins.
     *
     * @param gradients (n) F32, in which every gradient that operations are given between begin and end lies as a part; zero between them
     */
    default GradientAssembly assembly(Tensor gradients) {
        return GradientAssembly.atOnce(this, gradients);
    }

    /** A new array with the elements of a dense F32 tensor; waits for all work on it to end. */
    default float[] download(Tensor source) {
        float[] target = new float[Math.toIntExact(source.shape().elements())];
        download(source, target, 0);
        return target;
    }

    @Override
    void close();
}
