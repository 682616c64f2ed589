package io.mambapkd.validate.golden;

import static java.util.Objects.requireNonNull;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.tensor.Tensor;
import java.util.Map;

/** Runners of the operations on sequences. */
final class SequenceRunners {
    private SequenceRunners() {}

    static void register(Map<String, GoldenRunner> runners) {
        runners.put("selective_scan", SequenceRunners::scan);
        runners.put("causal_conv1d", SequenceRunners::conv);
        runners.put("rmsnorm", SequenceRunners::rmsNorm);
        runners.put("layernorm", SequenceRunners::layerNorm);
        runners.put("gelu", activation(Activation.GELU));
        runners.put("gelu_tanh", activation(Activation.GELU_TANH));
        runners.put("silu", activation(Activation.SILU));
        runners.put("softplus", activation(Activation.SOFTPLUS));
        runners.put("softmax", SequenceRunners::softmax);
    }

    private static void scan(GoldenTensors tensors, GoldenCase golden) {
        ScanOps.Inputs in = new ScanOps.Inputs(
                tensors.sequence("u"),
                tensors.sequence("delta"),
                tensors.plain("A"),
                tensors.sequence("B"),
                tensors.sequence("C"),
                tensors.plainOrNull("D"),
                tensors.sequenceOrNull("z"),
                tensors.plainOrNull("delta_bias"));
        // groups 0 stands for B and C without an axis of groups.
        ScanOps.Options options = new ScanOps.Options(
                ScanOps.Direction.FORWARD,
                golden.option("delta_softplus").asBoolean() ? Activation.SOFTPLUS : Activation.IDENTITY,
                Math.max(1, golden.option("groups").asInt()));
        Tensor y = requireNonNull(tensors.zerosLike(in.u()));
        int[] shape = in.u().shape().toArray();
        Tensor lastState = tensors.zeros(shape[0], shape[2], in.a().shape().last());
        tensors.backend().scan().forward(options, in, y, lastState);
        ScanOps.Gradients out = new ScanOps.Gradients(
                requireNonNull(tensors.zerosLike(in.u())),
                requireNonNull(tensors.zerosLike(in.delta())),
                requireNonNull(tensors.zerosLike(in.a())),
                requireNonNull(tensors.zerosLike(in.b())),
                requireNonNull(tensors.zerosLike(in.c())),
                tensors.zerosLike(in.dSkip()),
                tensors.zerosLike(in.z()),
                tensors.zerosLike(in.deltaBias()));
        tensors.backend().scan().backward(options, in, tensors.sequence("dout"), out);
        tensors.putSequence("out", y);
        tensors.putPlain("last_state", lastState);
        tensors.putSequence("du", out.du());
        tensors.putSequence("ddelta", out.dDelta());
        tensors.putPlain("dA", out.dA());
        tensors.putSequence("dB", out.dB());
        tensors.putSequence("dC", out.dC());
        tensors.putPlain("dD", out.dDSkip());
        tensors.putSequence("dz", out.dZ());
        tensors.putPlain("ddelta_bias", out.dDeltaBias());
    }

    private static void conv(GoldenTensors tensors, GoldenCase golden) {
        Activation activation =
                golden.option("activation").asString().equals("silu") ? Activation.SILU : Activation.IDENTITY;
        Tensor x = tensors.sequence("x");
        Tensor weight = tensors.plain("weight");
        Tensor bias = tensors.plainOrNull("bias");
        Tensor y = requireNonNull(tensors.zerosLike(x));
        tensors.backend().conv1d().forward(activation, x, weight, bias, y);
        Tensor dx = requireNonNull(tensors.zerosLike(x));
        Tensor dWeight = requireNonNull(tensors.zerosLike(weight));
        Tensor dBias = tensors.zerosLike(bias);
        tensors.backend().conv1d().backward(activation, x, weight, bias, tensors.sequence("dout"), dx, dWeight, dBias);
        tensors.putSequence("out", y);
        tensors.putSequence("dx", dx);
        tensors.putPlain("dweight", dWeight);
        tensors.putPlain("dbias", dBias);
    }

    private static void rmsNorm(GoldenTensors tensors, GoldenCase golden) {
        float epsilon = (float) golden.option("eps").asDouble();
        Tensor x = tensors.plain("x");
        Tensor weight = tensors.plain("weight");
        Tensor y = requireNonNull(tensors.zerosLike(x));
        Tensor dx = requireNonNull(tensors.zerosLike(x));
        Tensor dWeight = requireNonNull(tensors.zerosLike(weight));
        tensors.backend().norm().rmsNorm(x, weight, epsilon, y);
        tensors.backend().norm().rmsNormGradient(x, weight, epsilon, tensors.plain("dout"), null, dx, dWeight);
        tensors.putPlain("out", y);
        tensors.putPlain("dx", dx);
        tensors.putPlain("dweight", dWeight);
    }

    private static void layerNorm(GoldenTensors tensors, GoldenCase golden) {
        float epsilon = (float) golden.option("eps").asDouble();
        Tensor x = tensors.plain("x");
        Tensor weight = tensors.plain("weight");
        Tensor y = requireNonNull(tensors.zerosLike(x));
        Tensor dx = requireNonNull(tensors.zerosLike(x));
        Tensor dWeight = requireNonNull(tensors.zerosLike(weight));
        Tensor dBias = requireNonNull(tensors.zerosLike(weight));
        tensors.backend().norm().layerNorm(x, weight, tensors.plain("bias"), epsilon, y);
        tensors.backend().norm().layerNormGradient(x, weight, epsilon, tensors.plain("dout"), dx, dWeight, dBias);
        tensors.putPlain("out", y);
        tensors.putPlain("dx", dx);
        tensors.putPlain("dweight", dWeight);
        tensors.putPlain("dbias", dBias);
    }

    private static GoldenRunner activation(Activation activation) {
        return (tensors, golden) -> {
            Tensor x = tensors.plain("x");
            Tensor y = requireNonNull(tensors.zerosLike(x));
            Tensor dx = requireNonNull(tensors.zerosLike(x));
            tensors.backend().activation().forward(activation, x, y);
            tensors.backend().activation().backward(activation, x, tensors.plain("dout"), dx);
            tensors.putPlain("out", y);
            tensors.putPlain("dx", dx);
        };
    }

    private static void softmax(GoldenTensors tensors, GoldenCase golden) {
        Tensor x = tensors.plain("x");
        Tensor y = requireNonNull(tensors.zerosLike(x));
        Tensor dx = requireNonNull(tensors.zerosLike(x));
        tensors.backend().activation().softmax(x, y);
        tensors.backend().activation().softmaxGradient(y, tensors.plain("dout"), dx);
        tensors.putPlain("out", y);
        tensors.putPlain("dx", dx);
    }
}
