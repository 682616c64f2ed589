package io.mambapkd.ops.cuda.kernels;

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
    /** Null where they are not to be taken, or the device has no PTX for them. */
    private final @Nullable ScanTileBackward tiles;

    private final ScanChannelBackward channels;

    ScanBackward(CudaContext cuda, CudaScan.Kernels available) {
        this.cuda = cuda;
        address = cuda::address;
        ScanSums sums = new ScanSums(cuda);
        boolean tiled = available == CudaScan.Kernels.CHOSEN && cuda.sharedLimit() >= TileShape.MOST_SHARED_BYTES;
        tiles = tiled ? new ScanTileBackward(cuda, sums) : null;
        channels = new ScanChannelBackward(cuda, sums);
    }

    /** @param saved states of {@link io.mambapkd.ops.ScanOps#forward}, or null */
    void run(Options options, Inputs inputs, Tensor dy, @Nullable Tensor saved, Gradients gradients) {
        TileShape shape = TileShape.of(options, inputs);
        if (tiles != null && fits(shape, inputs, dy, gradients)) {
            tiles.run(shape, options, inputs, dy, saved, gradients);
        } else {
            channels.run(options, inputs, dy, gradients);
        }
    }

    private boolean fits(TileShape shape, Inputs inputs, Tensor dy, Gradients gradients) {
        return ScanChoice.backward(shape, inputs, dy, gradients, cuda.sharedLimit(), address) == ScanChoice.TILE;
    }
}
