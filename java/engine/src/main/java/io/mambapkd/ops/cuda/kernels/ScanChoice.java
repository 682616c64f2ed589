package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.ScanOps.Gradients;
import io.mambapkd.ops.ScanOps.Inputs;
import io.mambapkd.ops.ScanOps.Options;
import io.mambapkd.tensor.Tensor;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Which kernels take a pass of the scan, and why. The only place that decides it. */
enum ScanChoice {
    /** {@code selective_scan_pair.cu}. */
    PAIR("two neighbouring channels a thread"),
    /** {@code selective_scan_tile.cu}. */
    TILE("two neighbouring channels and four states a thread"),

    // From here on the general kernels, which take every scan: selective_scan.cu and selective_scan_gradient.cu.
    FEW_STATES("there are fewer than 5 states, which leave half of the tiles empty"),
    MANY_STATES("there are more than 16 states, which are taken 16 at a time"),
    UNEVEN_CHANNELS("the channels of a group are no multiple of those that a thread takes at once"),
    UNEVEN_STRIDE("rows are no multiple of those channels apart, so that not every access is aligned"),
    UNALIGNED("a tensor does not start at a multiple of those channels"),
    FAR_ELEMENTS("an element is 2^31 or more elements from the first"),
    SHARED_MEMORY("the device gives a block less shared memory than tiles take, as before compute capability 8.0");

    private static final int PAIR_OF_CHANNELS = 2;

    /** The reason, to go on "because". */
    final String reason;

    ScanChoice(String reason) {
        this.reason = reason;
    }

    /**
     * For the forward pass, of tensors that {@link io.mambapkd.ops.checks.ScanChecks} has passed.
     *
     * @param address of a tensor on the device
     */
    static ScanChoice forward(
            Options options,
            Inputs inputs,
            Tensor y,
            @Nullable Tensor lastState,
            @Nullable Tensor states,
            ToLongFunction<Tensor> address) {
        if (inputs.a().shape().last() > ScanPairShape.MOST_STATES) {
            return MANY_STATES;
        }
        if (inputs.u().shape().last() / options.groups() % PAIR_OF_CHANNELS != 0) {
            return UNEVEN_CHANNELS;
        }
        @Nullable Tensor[] rows = {y, inputs.u(), inputs.delta(), inputs.z()};
        if (any(rows, tensor -> tensor.rowStride() % PAIR_OF_CHANNELS != 0)) {
            return UNEVEN_STRIDE;
        }
        @Nullable Tensor[] others = {lastState, states, inputs.a(), inputs.dSkip(), inputs.deltaBias()};
        Predicate<Tensor> unaligned = tensor -> unaligned(tensor, PAIR_OF_CHANNELS, address);
        if (any(rows, unaligned) || any(others, unaligned)) {
            return UNALIGNED;
        }
        @Nullable Tensor[] ofStates = {inputs.a(), inputs.b(), inputs.c()};
        return any(rows, ScanChoice::far) || any(ofStates, ScanChoice::far) ? FAR_ELEMENTS : PAIR;
    }

    /**
     * For the backward pass, likewise.
     *
     * @param shape that of these options and inputs
     * @param sharedLimit most shared memory, in bytes, of a block on the device
     */
    static ScanChoice backward(
            TileShape shape,
            Inputs inputs,
            Tensor dy,
            Gradients gradients,
            int sharedLimit,
            ToLongFunction<Tensor> address) {
        if (shape.states() < TileShape.LEAST_STATES) {
            return FEW_STATES;
        }
        if (shape.states() > TileShape.MOST_STATES) {
            return MANY_STATES;
        }
        int together = shape.items();
        if (shape.channels() / shape.groups() % together != 0) {
            return UNEVEN_CHANNELS;
        }
        @Nullable
        Tensor[] rows = {inputs.u(), inputs.delta(), inputs.z(), dy, gradients.du(), gradients.dDelta(), gradients.dZ()
        };
        if (any(rows, tensor -> tensor.rowStride() % together != 0)) {
            return UNEVEN_STRIDE;
        }
        if (any(rows, tensor -> unaligned(tensor, together, address))) {
            return UNALIGNED;
        }
        @Nullable Tensor[] ofStates = {inputs.b(), inputs.c(), gradients.dB(), gradients.dC()};
        if (any(rows, ScanChoice::far)
                || any(ofStates, ScanChoice::far)
                || shape.chunks() * inputs.b().shape().elements() > Integer.MAX_VALUE) {
            return FAR_ELEMENTS;
        }
        return sharedLimit < TileShape.MOST_SHARED_BYTES ? SHARED_MEMORY : TILE;
    }

    private static boolean any(@Nullable Tensor[] tensors, Predicate<Tensor> what) {
        for (Tensor tensor : tensors) {
            if (tensor != null && what.test(tensor)) {
                return true;
            }
        }
        return false;
    }

    private static boolean unaligned(Tensor tensor, int elements, ToLongFunction<Tensor> address) {
        return address.applyAsLong(tensor) % ((long) elements * tensor.dtype().bytes()) != 0;
    }

    private static boolean far(Tensor tensor) {
        long rows = tensor.shape().elements() / tensor.shape().last();
        return rows * tensor.rowStride() > Integer.MAX_VALUE;
    }
}
