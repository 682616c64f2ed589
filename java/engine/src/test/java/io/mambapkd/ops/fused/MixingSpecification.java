package io.mambapkd.ops.fused;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BlockOps.Mixing;
import io.mambapkd.ops.BlockOps.MixingGradients;
import io.mambapkd.ops.BlockOps.MixingInputs;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.ScanOps.Direction;
import io.mambapkd.ops.SequenceTensors;
import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.Write;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** {@link Mixing} by the operations that it stands for: a product, the decay and the scan. */
record MixingSpecification(Backend backend, SequenceTensors tensors) implements Mixing {
    @Override
    public void forward(Direction direction, MixingInputs in, Tensor y, @Nullable Tensor states) {
        backend.scan().forward(options(direction), scanned(in), y, null, states);
    }

    @Override
    public void backward(
            Direction direction, MixingInputs in, Tensor dy, @Nullable Tensor states, MixingGradients out) {
        ScanOps.Inputs scanned = scanned(in);
        int n = in.aLog().shape().last();
        int rank = in.dtWeight().shape().last();
        Tensor dDelta = tensors.zeros(in.u().shape().toArray());
        Tensor dA = tensors.zeros(in.aLog().shape().toArray());
        Tensor dDt = out.dProjected().columns(0, rank);
        backend.scan()
                .backward(
                        options(direction),
                        scanned,
                        dy,
                        states,
                        new ScanOps.Gradients(
                                out.du(),
                                dDelta,
                                dA,
                                out.dProjected().columns(rank, n),
                                out.dProjected().columns(rank + n, n),
                                out.dSkip(),
                                out.dZ(),
                                out.dDtBias()));
        backend.scan().decayGradient(scanned.a(), dA, out.dALog());
        backend.gemm().multiply(dDelta, Transpose.NO, in.dtWeight(), Transpose.NO, Write.OVERWRITE, dDt);
        Tensor dt = in.projected().columns(0, rank);
        backend.gemm().multiply(dDelta, Transpose.YES, dt, Transpose.NO, Write.ADD, out.dDtWeight());
    }

    private static ScanOps.Options options(Direction direction) {
        return new ScanOps.Options(direction, Activation.SOFTPLUS, 1);
    }

    private ScanOps.Inputs scanned(MixingInputs in) {
        int n = in.aLog().shape().last();
        int rank = in.dtWeight().shape().last();
        Tensor delta = tensors.zeros(in.u().shape().toArray());
        Tensor dt = in.projected().columns(0, rank);
        backend.gemm().multiply(dt, Transpose.NO, in.dtWeight(), Transpose.YES, Write.OVERWRITE, delta);
        Tensor a = tensors.zeros(in.aLog().shape().toArray());
        backend.scan().decay(in.aLog(), a);
        return new ScanOps.Inputs(
                in.u(),
                delta,
                a,
                in.projected().columns(rank, n),
                in.projected().columns(rank + n, n),
                in.skip(),
                in.z(),
                in.dtBias());
    }
}
