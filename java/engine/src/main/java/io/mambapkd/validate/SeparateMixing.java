package io.mambapkd.validate;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BlockOps.Mixing;
import io.mambapkd.ops.BlockOps.MixingGradients;
import io.mambapkd.ops.BlockOps.MixingInputs;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.ScanOps.Direction;
import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.Write;
import io.mambapkd.tensor.Tensor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The operations that {@link Mixing} stands for, one by one: its specification, for any extents. */
public final class SeparateMixing implements Mixing {
    private final Backend backend;
    private final Function<int[], Tensor> zeros;

    /** @param zeros gives dense F32 tensors of those extents on the backend */
    public SeparateMixing(Backend backend, Function<int[], Tensor> zeros) {
        this.backend = backend;
        this.zeros = zeros;
    }

    @Override
    public void forward(Direction direction, MixingInputs inputs, Tensor y, @Nullable Tensor states) {
        backend.scan().forward(options(direction), scanned(inputs), y, null, states);
    }

    @Override
    public void backward(
            Direction direction, MixingInputs inputs, Tensor dy, @Nullable Tensor states, MixingGradients gradients) {
        ScanOps.Inputs scanned = scanned(inputs);
        int n = inputs.aLog().shape().last();
        int rank = inputs.dtWeight().shape().last();
        Tensor dDelta = zeros.apply(inputs.u().shape().toArray());
        Tensor dA = zeros.apply(inputs.aLog().shape().toArray());
        Tensor dProjected = gradients.dProjected();
        backend.scan()
                .backward(
                        options(direction),
                        scanned,
                        dy,
                        states,
                        new ScanOps.Gradients(
                                gradients.du(),
                                dDelta,
                                dA,
                                dProjected.columns(rank, n),
                                dProjected.columns(rank + n, n),
                                gradients.dSkip(),
                                gradients.dZ(),
                                gradients.dDtBias()));
        backend.scan().decayGradient(scanned.a(), dA, gradients.dALog());
        backend.gemm()
                .multiply(
                        dDelta,
                        Transpose.NO,
                        inputs.dtWeight(),
                        Transpose.NO,
                        Write.OVERWRITE,
                        dProjected.columns(0, rank));
        backend.gemm().multiply(dDelta, Transpose.YES, dt(inputs), Transpose.NO, Write.ADD, gradients.dDtWeight());
    }

    private static ScanOps.Options options(Direction direction) {
        return new ScanOps.Options(direction, Activation.SOFTPLUS, 1);
    }

    private static Tensor dt(MixingInputs inputs) {
        return inputs.projected().columns(0, inputs.dtWeight().shape().last());
    }

    private ScanOps.Inputs scanned(MixingInputs inputs) {
        int n = inputs.aLog().shape().last();
        int rank = inputs.dtWeight().shape().last();
        Tensor delta = zeros.apply(inputs.u().shape().toArray());
        backend.gemm().multiply(dt(inputs), Transpose.NO, inputs.dtWeight(), Transpose.YES, Write.OVERWRITE, delta);
        Tensor a = zeros.apply(inputs.aLog().shape().toArray());
        backend.scan().decay(inputs.aLog(), a);
        return new ScanOps.Inputs(
                inputs.u(),
                delta,
                a,
                inputs.projected().columns(rank, n),
                inputs.projected().columns(rank + n, n),
                inputs.skip(),
                inputs.z(),
                inputs.dtBias());
    }
}
