package io.mambapkd.model;

import io.mambapkd.nn.BatchNorm2d;
import io.mambapkd.nn.Conv2d;
import io.mambapkd.nn.LayerPlan;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.Precision;
import io.mambapkd.ops.Activation;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BatchNormOps;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.tensor.Tensor;
import java.util.List;

/** The convolutions of a {@link StemSpec} with their batch norms: {@code I.conv.weight} and {@code I.bn.*}, I from 0. Input and output are F32 in every precision. */
final class Stem {
    private static final BatchNormOps.Options SILU = new BatchNormOps.Options(1e-5f, 0.1f, Activation.SILU);

    private final Backend backend;
    private final Tensor images;
    /** The images in the type of activations; the images themselves where that is F32. */
    private final Tensor input;

    private final Chain chain;
    /** The output in F32; that of the chain itself where the two are the same. */
    private final Tensor output;

    private final Tensor dOutput;
    private final Tensor dChain;

    /** @param precision that the student asks for; where the backend has no such tensors, convolutions round their operands */
    Stem(LayerPlan plan, StemSpec spec, Tensor images, Precision precision) {
        this.backend = plan.backend();
        this.images = images;
        boolean narrow = plan.precision() != Precision.F32;
        input = narrow ? plan.activation("input", images.shape()) : images;
        chain = new Chain(plan, input, plan.precision());
        for (int i = 0; i < spec.channels().size(); i++) {
            Conv2dOps.Options options = new Conv2dOps.Options(
                    StemSpec.KERNEL, spec.strides().get(i), StemSpec.KERNEL / 2, precision.operands(backend));
            chain.append(i + ".conv", new Conv2d(spec.channels().get(i), options));
            chain.append(i + ".bn", new BatchNorm2d(SILU));
        }
        chain.close();
        Tensor last = chain.output();
        output = narrow ? plan.tensor("output", last.shape()) : last;
        dOutput = plan.tensor("d output", last.shape());
        dChain = narrow ? plan.activation("d chain", last.shape()) : dOutput;
    }

    /** What is cut into tokens (B, H', W', C). */
    Tensor output() {
        return output;
    }

    /** Its gradient: input of {@link #backward}. */
    Tensor dOutput() {
        return dOutput;
    }

    void forward(Mode mode) {
        if (input != images) {
            backend.pointwise().convert(images, input);
        }
        chain.forward(mode);
        if (output != chain.output()) {
            backend.pointwise().convert(chain.output(), output);
        }
    }

    void backward() {
        if (dChain != dOutput) {
            backend.pointwise().convert(dOutput, dChain);
        }
        chain.backward(dChain);
    }

    List<BatchNorm2d> batchNorms() {
        return chain.batchNorms();
    }
}
