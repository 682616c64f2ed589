package io.mambapkd.ops.cuda.fused;

import io.mambapkd.ops.BlockOps.Mixing;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.driver.TypedKernel;
import io.mambapkd.tensor.DType;
import java.util.Optional;

/** The entries of {@code mixing.cu} and {@code mixing_gradient.cu}, and the extents that they take. */
final class MixingKernels {
    /** States and rank that tiles, and what lies in shared memory beside them, have room for. */
    private static final int FEW_STATES = 8;

    private static final int MOST_STATES = 16;
    private static final int MOST_RANK = 8;

    /** A block has no more on devices before compute capability 8.0, for which there is no text of these kernels. */
    private static final int SHARED_BYTES_OF_OLDER_DEVICES = 64 * 1024;

    private final CudaContext cuda;
    private final TypedKernel[] forward = new TypedKernel[2];
    private final TypedKernel[] backward = new TypedKernel[2];

    private MixingKernels(CudaContext cuda) {
        this.cuda = cuda;
        String[] rooms = {"n8", "n16"};
        for (int i = 0; i < rooms.length; i++) {
            forward[i] = TypedKernel.of(cuda, "mixing", "mixing_fwd_" + rooms[i]);
            backward[i] = TypedKernel.of(cuda, "mixing_gradient", "mixing_bwd_" + rooms[i]);
        }
    }

    /** Those of a device, if it has them. */
    static Optional<MixingKernels> of(CudaContext cuda) {
        return cuda.sharedLimit() > SHARED_BYTES_OF_OLDER_DEVICES
                ? Optional.of(new MixingKernels(cuda))
                : Optional.empty();
    }

    /** The states that an entry for {@code states} of them has room for. */
    static int room(int states) {
        return states <= FEW_STATES ? FEW_STATES : MOST_STATES;
    }

    /** Neighbouring channels that a lane reads and writes at once in the backward pass. */
    static int channelsTogether(int states) {
        return states <= FEW_STATES ? 4 : 2;
    }

    Optional<Mixing> mixing(int length, int channels, int states, int rank, DType activations) {
        return takes(length, channels, states, rank, activations)
                ? Optional.of(new CudaMixing(
                        cuda,
                        forward[index(states)],
                        backward[index(states)],
                        MixingBackwardShape.of(length, channels, states, rank)))
                : Optional.empty();
    }

    /** Lanes have whole groups of channels, and their tiles and the columns of dt fit into shared memory. */
    private boolean takes(int length, int channels, int states, int rank, DType activations) {
        return (activations == DType.F32 || activations == DType.BF16)
                && states <= MOST_STATES
                && rank <= MOST_RANK
                && channels % channelsTogether(states) == 0
                && MixingBackwardShape.of(length, channels, states, rank).sharedBytes() <= cuda.sharedLimit();
    }

    private static int index(int states) {
        return room(states) == FEW_STATES ? 0 : 1;
    }
}
