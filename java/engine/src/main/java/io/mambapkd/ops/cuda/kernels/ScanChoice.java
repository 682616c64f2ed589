package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.ScanOps.Inputs;
import io.mambapkd.ops.ScanOps.Options;
import io.mambapkd.tensor.Tensor;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Which kernels take a scan, and why. The only place that decides it. */
enum ScanChoice {
    /** {@code selective_scan_pair.cu}. */
    PAIR("two neighbouring channels a thread"),

    // From here on the general kernels, which take every scan: selective_scan.cu.
    MANY_STATES("there are more than 16 states, which are taken 16 at a time"),
    ODD_CHANNELS("a group has an odd number of channels, which cannot be paired"),
    ODD_STRIDE("rows are an odd number of elements apart, so that not every pair is aligned"),
    UNALIGNED("a tensor does not start at a multiple of two elements"),
    FAR_ELEMENTS("an element is 2^31 or more elements from the first");

    private static final int PAIR_OF_ELEMENTS = 2;

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
        if (inputs.u().shape().last() / options.groups() % PAIR_OF_ELEMENTS != 0) {
            return ODD_CHANNELS;
        }
        Tensor z = inputs.z();
        if (oddStride(y) || oddStride(inputs.u()) || oddStride(inputs.delta()) || (z != null && oddStride(z))) {
            return ODD_STRIDE;
        }
        if (unaligned(y, address)
                || unaligned(lastState, address)
                || unaligned(states, address)
                || unaligned(inputs.u(), address)
                || unaligned(inputs.delta(), address)
                || unaligned(inputs.a(), address)
                || unaligned(inputs.dSkip(), address)
                || unaligned(z, address)
                || unaligned(inputs.deltaBias(), address)) {
            return UNALIGNED;
        }
        if (far(y)
                || far(inputs.u())
                || far(inputs.delta())
                || far(inputs.a())
                || far(inputs.b())
                || far(inputs.c())
                || far(z)) {
            return FAR_ELEMENTS;
        }
        return PAIR;
    }

    private static boolean oddStride(Tensor tensor) {
        return tensor.rowStride() % PAIR_OF_ELEMENTS != 0;
    }

    private static boolean unaligned(@Nullable Tensor tensor, ToLongFunction<Tensor> address) {
        return tensor != null
                && address.applyAsLong(tensor)
                                % ((long) PAIR_OF_ELEMENTS * tensor.dtype().bytes())
                        != 0;
    }

    private static boolean far(@Nullable Tensor tensor) {
        if (tensor == null) {
            return false;
        }
        int last = tensor.shape().last();
        long rows = tensor.shape().elements() / last;
        return rows * tensor.rowStride() > Integer.MAX_VALUE;
    }
}
