package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.ActivationOps;
import io.mambapkd.ops.checks.ActivationChecks;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.driver.Launch;
import io.mambapkd.ops.cuda.driver.TypedKernel;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** A kernel for each function; softmax by a warp for a short row, by a block for a long one. */
final class CudaActivation implements ActivationOps {
    private static final String FAMILY = "activation";
    private static final int BLOCK_ELEMENTS = 1024;

    private final CudaContext cuda;
    private final Map<Activation, TypedKernel> forward = new EnumMap<>(Activation.class);
    private final Map<Activation, TypedKernel> backward = new EnumMap<>(Activation.class);
    private final RowKernels softmax;
    private final RowKernels softmaxGradient;

    CudaActivation(CudaContext cuda) {
        this.cuda = cuda;
        for (Activation activation : Activation.values()) {
            String name = activation.name().toLowerCase(Locale.ROOT);
            forward.put(activation, TypedKernel.of(cuda, FAMILY, "activation_forward_" + name));
            backward.put(activation, TypedKernel.of(cuda, FAMILY, "activation_backward_" + name));
        }
        softmax = new RowKernels(cuda, FAMILY, "activation_softmax", DType.F32);
        softmaxGradient = new RowKernels(cuda, FAMILY, "activation_softmax_gradient", DType.F32);
    }

    @Override
    public void forward(Activation activation, Tensor x, Tensor y) {
        ActivationChecks.forward(x, y);
        Tiles tiles = Tiles.of(BLOCK_ELEMENTS, x, y);
        tiles.extentsOf(cuda.launch(kernel(forward, activation, x)).tensor(y).tensor(x))
                .int32(y.rowStride())
                .int32(x.rowStride())
                .grid(tiles.blocks());
    }

    @Override
    public void backward(Activation activation, Tensor x, Tensor dy, Tensor dx) {
        ActivationChecks.backward(x, dy, dx);
        Tiles tiles = Tiles.of(BLOCK_ELEMENTS, x, dy, dx);
        Launch launch = cuda.launch(kernel(backward, activation, x));
        tiles.extentsOf(launch.tensor(dx).tensor(x).tensor(dy))
                .int32(dx.rowStride())
                .int32(x.rowStride())
                .int32(dy.rowStride())
                .grid(tiles.blocks());
    }

    private static Kernel kernel(Map<Activation, TypedKernel> kernels, Activation activation, Tensor x) {
        return Objects.requireNonNull(kernels.get(activation)).of(x);
    }

    @Override
    public void softmax(Tensor x, Tensor y) {
        ActivationChecks.softmax(x, y);
        int rows = x.shape().rows();
        int columns = x.shape().last();
        cuda.launch(softmax.of(columns))
                .tensor(y)
                .tensor(x)
                .int32(rows)
                .int32(columns)
                .grid(softmax.blocks(rows, columns));
    }

    @Override
    public void softmaxGradient(Tensor y, Tensor dy, Tensor dx) {
        ActivationChecks.softmaxGradient(y, dy, dx);
        int rows = y.shape().rows();
        int columns = y.shape().last();
        cuda.launch(softmaxGradient.of(columns))
                .tensor(dx)
                .tensor(y)
                .tensor(dy)
                .int32(rows)
                .int32(columns)
                .grid(softmaxGradient.blocks(rows, columns));
    }
}
