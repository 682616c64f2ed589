package io.mambapkd.ops.cuda.kernels;

import static java.util.Objects.requireNonNull;

import io.mambapkd.ops.ScanOps.Gradients;
import io.mambapkd.ops.ScanOps.Inputs;
import io.mambapkd.ops.ScanOps.Options;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.tensor.Tensor;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** The gradient of the scan, by tiles of channels and states where they fit, else by channels. */
final class ScanBackward {
    private final CudaContext cuda;
    private final ToLongFunction<Tensor> address;
    /** Null where the device has no PTX for it. */
    private final @Nullable ScanTileBackward tiles;

    private final ScanChannelBackward channels;

    ScanBackward(CudaContext cuda) {
        this.cuda = cuda;
        address = cuda::address;
        ScanSums sums = new ScanSums(cuda);
        tiles = cuda.sharedLimit() < TileShape.MOST_SHARED_BYTES ? null : new ScanTileBackward(cuda, sums);
        channels = new ScanChannelBackward(cuda, sums);
    }

    /** @param saved states of {@link io.mambapkd.ops.ScanOps#forward}, or null */
    void run(Options options, Inputs inputs, Tensor dy, @Nullable Tensor saved, Gradients gradients) {
        TileShape shape = TileShape.of(options, inputs);
        ScanChoice choice = ScanChoice.backward(shape, inputs, dy, gradients, cuda.sharedLimit(), address);
        if (choice == ScanChoice.TILE) {
            requireNonNull(tiles).run(shape, options, inputs, dy, saved, gradients);
        } else {
            channels.run(options, inputs, dy, gradients);
        }
    }
}
