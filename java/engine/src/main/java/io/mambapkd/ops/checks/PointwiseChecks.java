package io.mambapkd.ops.checks;

import io.mambapkd.ops.Checks;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;

/** What {@link io.mambapkd.ops.PointwiseOps} refuses. */
public final class PointwiseChecks {
    private PointwiseChecks() {}

    public static void convert(Tensor source, Tensor target) {
        DType from = Checks.activationType("convert", "source", source);
        Checks.columnView(
                "convert",
                "target",
                target,
                from == DType.F32 ? DType.BF16 : DType.F32,
                source.shape().toArray());
    }

    public static void gather(Tensor source, Tensor indices, Tensor target) {
        Checks.shape("gather", "source", source, source.shape().toArray());
        DType dtype = Checks.activationType("gather", "target", target);
        int count = Math.toIntExact(target.shape().elements());
        Checks.shape("gather", "target", target, dtype, count);
        Checks.integers("gather", "indices", indices, count);
    }

    public static void add(Tensor x, Tensor y, Tensor sum) {
        DType dtype = Checks.activationType("add", "sum", sum);
        int[] shape = sum.shape().toArray();
        Checks.columnView("add", "x", x, dtype, shape);
        Checks.columnView("add", "y", y, dtype, shape);
    }

    public static void addBias(Tensor x, Tensor bias) {
        Checks.columnView("add_bias", "x", x, x.shape().toArray());
        Checks.shape("add_bias", "bias", bias, x.shape().last());
    }

    public static void biasGradient(Tensor dy, Tensor dBias) {
        Checks.columnView("bias_gradient", "dy", dy, dy.shape().toArray());
        Checks.shape("bias_gradient", "dBias", dBias, dy.shape().last());
    }

    public static void meanOverTokens(Tensor x, Tensor y) {
        tokens("mean_over_tokens", "x", x, "y", y);
    }

    public static void meanOverTokensGradient(Tensor dy, Tensor dx) {
        tokens("mean_over_tokens_gradient", "dx", dx, "dy", dy);
    }

    private static void tokens(String name, String eachRole, Tensor each, String meanRole, Tensor mean) {
        Checks.that(each.shape().rank() == 3, name, eachRole + " must have 3 axes (B, L, M) but is " + each);
        int[] shape = each.shape().toArray();
        Checks.shape(name, meanRole, mean, shape[0], shape[2]);
        Checks.shape(name, eachRole, each, shape);
    }

    public static void gate(Tensor u, Tensor skip, Tensor z, Tensor y) {
        DType dtype = Checks.activationType("gate", "u", u);
        int[] shape = u.shape().toArray();
        Checks.shape("gate", "skip", skip, u.shape().last());
        Checks.columnView("gate", "z", z, dtype, shape);
        Checks.shape("gate", "y", y, dtype, shape);
    }

    public static void gateGradient(Tensor u, Tensor skip, Tensor z, Tensor dy, Tensor du, Tensor dSkip, Tensor dZ) {
        DType dtype = Checks.activationType("gate_gradient", "u", u);
        int[] shape = u.shape().toArray();
        int channels = u.shape().last();
        Checks.shape("gate_gradient", "skip", skip, channels);
        Checks.columnView("gate_gradient", "z", z, dtype, shape);
        Checks.shape("gate_gradient", "dy", dy, dtype, shape);
        Checks.columnView("gate_gradient", "du", du, dtype, shape);
        Checks.shape("gate_gradient", "dSkip", dSkip, channels);
        Checks.columnView("gate_gradient", "dZ", dZ, dtype, shape);
    }
}
