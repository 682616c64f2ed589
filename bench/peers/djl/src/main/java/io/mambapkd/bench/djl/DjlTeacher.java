package io.mambapkd.bench.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.internal.NDArrayEx;
import ai.djl.ndarray.types.Shape;
import io.mambapkd.model.CnnSpec;
import io.mambapkd.model.ResNet9Spec;
import io.mambapkd.model.TeacherSpec;
import org.jspecify.annotations.Nullable;

/**
 * The convolutional teachers. What autograd does not keep is closed where Python would free it. In BF16, as with PyTorch's autocast, the factors of convolutions
 * and linear layers are converted, and activations are what comes of them; batch norm has BF16 activations with F32 parameters and statistics.
 */
final class DjlTeacher implements DjlModel {
    /** Epsilon and momentum of batch norms; DJL's momentum is the share of the old statistics. */
    private record Norm(float epsilon, float oldShare) {}

    private static final Norm USUAL = new Norm(1e-5f, 0.9f);
    private static final Norm AIRBENCH = new Norm(1e-12f, 0.6f);
    private static final int AIRBENCH_GROUPS = 3;

    private final TeacherSpec spec;

    DjlTeacher(TeacherSpec spec) {
        this.spec = spec;
    }

    @Override
    public NDArray logits(NDArray images, DjlParameters.Views weights) {
        NDArray x = weights.convert(images);
        if (spec instanceof CnnSpec cnn) {
            return logits(cnn, x, weights);
        }
        return spec instanceof ResNet9Spec ? residual(x, weights) : airbench(x, weights);
    }

    private static NDArray logits(CnnSpec cnn, NDArray images, DjlParameters.Views weights) {
        NDArray x = images;
        for (int stage = 0; stage < cnn.channels().size(); stage++) {
            if (stage > 0) {
                x = pool(x);
            }
            for (int conv = 0; conv < cnn.convsPerStage(); conv++) {
                x = block(x, weights, "features." + stage + "." + conv);
            }
        }
        x = x.getNDArrayInternal().globalAvgPool();
        if (cnn.dropout() > 0) {
            x = x.getNDArrayInternal().dropout(x, (float) cnn.dropout(), true).singletonOrThrow();
        }
        return head(x, weights, weights.factor("head.bias"));
    }

    private static NDArray residual(NDArray images, DjlParameters.Views weights) {
        NDArray x = block(images, weights, "prep");
        x = pool(block(x, weights, "layer1"));
        x = branch(x, weights, "residual1");
        x = pool(block(x, weights, "layer2"));
        x = pool(block(x, weights, "layer3"));
        x = branch(x, weights, "residual3");
        return head(globalMaximum(x), weights, null).mul(0.125f);
    }

    private static NDArray branch(NDArray x, DjlParameters.Views weights, String name) {
        return x.add(block(block(x, weights, name + ".0"), weights, name + ".1"));
    }

    private static NDArray airbench(NDArray images, DjlParameters.Views weights) {
        NDArray white =
                convolution(images, weights.factor("whiten.weight"), weights.factor("whiten.bias"), new Shape(0, 0));
        NDArray x = white.getNDArrayInternal().gelu();
        for (int group = 0; group < AIRBENCH_GROUPS; group++) {
            String name = "groups." + group + ".";
            NDArray first = convolution(x, weights.factor(name + "conv1.weight"), null, new Shape(1, 1));
            NDArray pooled = pool(first);
            x = normThenGelu(pooled, weights, name + "norm1.");
            NDArray second = convolution(x, weights.factor(name + "conv2.weight"), null, new Shape(1, 1));
            x = normThenGelu(second, weights, name + "norm2.");
        }
        return head(globalMaximum(x), weights, null).mul(1f / 9);
    }

    private static NDArray normThenGelu(NDArray x, DjlParameters.Views weights, String prefix) {
        return norm(x, weights, prefix, AIRBENCH).getNDArrayInternal().gelu();
    }

    /** Convolution, batch norm, ReLU. */
    private static NDArray block(NDArray x, DjlParameters.Views weights, String prefix) {
        NDArray y = convolution(x, weights.factor(prefix + ".conv.weight"), null, new Shape(1, 1));
        try (NDArray normalised = norm(y, weights, prefix + ".bn.", USUAL)) {
            return normalised.getNDArrayInternal().relu();
        }
    }

    private static NDArray convolution(NDArray x, NDArray weight, @Nullable NDArray bias, Shape padding) {
        NDArrayEx ex = x.getNDArrayInternal();
        return ex.convolution(x, weight, bias, new Shape(1, 1), padding, new Shape(1, 1), 1)
                .singletonOrThrow();
    }

    private static NDArray norm(NDArray x, DjlParameters.Views weights, String prefix, Norm norm) {
        return x.getNDArrayInternal()
                .batchNorm(
                        x,
                        weights.get(prefix + "running_mean"),
                        weights.get(prefix + "running_var"),
                        weights.get(prefix + "weight"),
                        weights.get(prefix + "bias"),
                        -1,
                        norm.oldShare(),
                        norm.epsilon(),
                        true)
                .singletonOrThrow();
    }

    private static NDArray pool(NDArray x) {
        return x.getNDArrayInternal().maxPool(new Shape(2, 2), new Shape(2, 2), new Shape(0, 0), false);
    }

    private static NDArray globalMaximum(NDArray x) {
        Shape whole = new Shape(x.getShape().get(2), x.getShape().get(3));
        return x.getNDArrayInternal().maxPool(whole, whole, new Shape(0, 0), false);
    }

    /** Linear, with logits in F32. */
    private static NDArray head(NDArray features, DjlParameters.Views weights, @Nullable NDArray bias) {
        NDArray flat =
                features.reshape(features.getShape().get(0), features.getShape().get(1));
        return weights.revert(flat.getNDArrayInternal()
                .linear(flat, weights.factor("head.weight"), bias)
                .singletonOrThrow());
    }
}
