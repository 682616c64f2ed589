package io.mambapkd.golden;

import static java.util.Objects.requireNonNull;

import io.mambapkd.nn.LayerPlan;
import io.mambapkd.nn.Linear;
import io.mambapkd.nn.MambaMixer;
import io.mambapkd.nn.MixerSpec;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.Parameter;
import io.mambapkd.nn.Parameters;
import io.mambapkd.ops.Activation;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.Map;

/** Runners of the operations on sequences, and of the Mamba block. */
final class SequenceRunners {
    private SequenceRunners() {}

    static void register(Map<String, GoldenRunner> runners) {
        runners.put("selective_scan", SequenceRunners::scan);
        runners.put("causal_conv1d", SequenceRunners::conv);
        runners.put("mamba_block", SequenceRunners::mambaBlock);
        runners.put("rmsnorm", SequenceRunners::rmsNorm);
        runners.put("layernorm", SequenceRunners::layerNorm);
        runners.put("linear", SequenceRunners::linear);
        runners.put("gelu", activation(Activation.GELU));
        runners.put("gelu_tanh", activation(Activation.GELU_TANH));
        runners.put("silu", activation(Activation.SILU));
        runners.put("softplus", activation(Activation.SOFTPLUS));
        runners.put("softmax", SequenceRunners::softmax);
    }

    private static Map<String, float[]> scan(Backend backend, GoldenCase golden) {
        GoldenTensors tensors = new GoldenTensors(backend, golden);
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
                golden.options().get("delta_softplus").asBoolean() ? Activation.SOFTPLUS : Activation.IDENTITY,
                Math.max(1, golden.options().get("groups").asInt()));
        Tensor y = requireNonNull(tensors.zerosLike(in.u()));
        int[] shape = in.u().shape().toArray();
        Tensor lastState = tensors.zeros(shape[0], shape[2], in.a().shape().last());
        backend.scan().forward(options, in, y, lastState);
        ScanOps.Gradients out = new ScanOps.Gradients(
                requireNonNull(tensors.zerosLike(in.u())),
                requireNonNull(tensors.zerosLike(in.delta())),
                requireNonNull(tensors.zerosLike(in.a())),
                requireNonNull(tensors.zerosLike(in.b())),
                requireNonNull(tensors.zerosLike(in.c())),
                tensors.zerosLike(in.dSkip()),
                tensors.zerosLike(in.z()),
                tensors.zerosLike(in.deltaBias()));
        backend.scan().backward(options, in, tensors.sequence("dout"), out);
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
        return tensors.results();
    }

    private static Map<String, float[]> conv(Backend backend, GoldenCase golden) {
        GoldenTensors tensors = new GoldenTensors(backend, golden);
        Activation activation =
                golden.options().get("activation").asString().equals("silu") ? Activation.SILU : Activation.IDENTITY;
        Tensor x = tensors.sequence("x");
        Tensor weight = tensors.plain("weight");
        Tensor bias = tensors.plainOrNull("bias");
        Tensor y = requireNonNull(tensors.zerosLike(x));
        backend.conv1d().forward(activation, x, weight, bias, y);
        Tensor dx = requireNonNull(tensors.zerosLike(x));
        Tensor dWeight = requireNonNull(tensors.zerosLike(weight));
        Tensor dBias = tensors.zerosLike(bias);
        backend.conv1d().backward(activation, x, weight, bias, tensors.sequence("dout"), dx, dWeight, dBias);
        tensors.putSequence("out", y);
        tensors.putSequence("dx", dx);
        tensors.putPlain("dweight", dWeight);
        tensors.putPlain("dbias", dBias);
        return tensors.results();
    }

    private static Map<String, float[]> mambaBlock(Backend backend, GoldenCase golden) {
        MixerSpec spec = new MixerSpec(
                golden.options().get("d_inner").asInt(),
                golden.options().get("d_state").asInt(),
                golden.options().get("dt_rank").asInt(),
                golden.options().get("d_conv").asInt(),
                MixerSpec.Kind.SCAN,
                MixerSpec.Direction.FORWARD,
                golden.options().get("bias").asBoolean() ? Linear.Bias.YES : Linear.Bias.NO,
                golden.options().get("conv_bias").asBoolean() ? Linear.Bias.YES : Linear.Bias.NO);
        MambaMixer mixer = new MambaMixer(spec);
        GoldenTensors tensors = new GoldenTensors(backend, golden);
        try (Parameters parameters = new Parameters(backend, "golden");
                Arena activations = backend.newArena("golden activations")) {
            mixer.allocate(new LayerPlan(backend, parameters, activations, ""), Shape.of(golden.shape("input")));
            parameters.seal();
            activations.seal();
            for (Parameter parameter : parameters.all()) {
                backend.upload(golden.floats(parameter.name()), parameter.value());
            }
            Tensor x = tensors.plain("input");
            Tensor y = requireNonNull(tensors.zerosLike(x));
            Tensor dx = requireNonNull(tensors.zerosLike(x));
            mixer.forward(x, y, Mode.TRAINING);
            int rank = spec.dtRank();
            int states = spec.stateSize();
            tensors.putSequence("mid.x", named(activations, "u"));
            tensors.putSequence("mid.delta", named(activations, "delta"));
            tensors.putSequence("mid.B", named(activations, "x_dbl").columns(rank, states));
            tensors.putSequence("mid.C", named(activations, "x_dbl").columns(rank + states, states));
            tensors.putSequence("mid.y", named(activations, "y"));
            mixer.backward(x, y, tensors.plain("dout"), dx);
            tensors.putPlain("out", y);
            tensors.putPlain("dinput", dx);
            for (Parameter parameter : parameters.all()) {
                tensors.putPlain("grad." + parameter.name(), parameter.gradient());
            }
        }
        return tensors.results();
    }

    private static Tensor named(Arena arena, String name) {
        return arena.tensors().stream()
                .filter(tensor -> tensor.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static Map<String, float[]> rmsNorm(Backend backend, GoldenCase golden) {
        GoldenTensors tensors = new GoldenTensors(backend, golden);
        float epsilon = (float) golden.options().get("eps").asDouble();
        Tensor x = tensors.plain("x");
        Tensor weight = tensors.plain("weight");
        Tensor y = requireNonNull(tensors.zerosLike(x));
        Tensor dx = requireNonNull(tensors.zerosLike(x));
        Tensor dWeight = requireNonNull(tensors.zerosLike(weight));
        backend.norm().rmsNorm(x, weight, epsilon, y);
        backend.norm().rmsNormGradient(x, weight, epsilon, tensors.plain("dout"), dx, dWeight);
        tensors.putPlain("out", y);
        tensors.putPlain("dx", dx);
        tensors.putPlain("dweight", dWeight);
        return tensors.results();
    }

    private static Map<String, float[]> layerNorm(Backend backend, GoldenCase golden) {
        GoldenTensors tensors = new GoldenTensors(backend, golden);
        float epsilon = (float) golden.options().get("eps").asDouble();
        Tensor x = tensors.plain("x");
        Tensor weight = tensors.plain("weight");
        Tensor y = requireNonNull(tensors.zerosLike(x));
        Tensor dx = requireNonNull(tensors.zerosLike(x));
        Tensor dWeight = requireNonNull(tensors.zerosLike(weight));
        Tensor dBias = requireNonNull(tensors.zerosLike(weight));
        backend.norm().layerNorm(x, weight, tensors.plain("bias"), epsilon, y);
        backend.norm().layerNormGradient(x, weight, epsilon, tensors.plain("dout"), dx, dWeight, dBias);
        tensors.putPlain("out", y);
        tensors.putPlain("dx", dx);
        tensors.putPlain("dweight", dWeight);
        tensors.putPlain("dbias", dBias);
        return tensors.results();
    }

    private static Map<String, float[]> linear(Backend backend, GoldenCase golden) {
        GoldenTensors tensors = new GoldenTensors(backend, golden);
        boolean biased = golden.has("bias");
        Linear linear = new Linear(golden.shape("weight")[0], biased ? Linear.Bias.YES : Linear.Bias.NO);
        try (Parameters parameters = new Parameters(backend, "golden");
                Arena activations = backend.newArena("golden activations")) {
            linear.allocate(new LayerPlan(backend, parameters, activations, ""), Shape.of(golden.shape("x")));
            parameters.seal();
            activations.seal();
            for (Parameter parameter : parameters.all()) {
                backend.upload(golden.floats(parameter.name()), parameter.value());
            }
            Tensor x = tensors.plain("x");
            Tensor y = tensors.zeros(golden.shape("out"));
            Tensor dx = requireNonNull(tensors.zerosLike(x));
            linear.forward(x, y, Mode.TRAINING);
            linear.backward(x, y, tensors.plain("dout"), dx);
            tensors.putPlain("out", y);
            tensors.putPlain("dx", dx);
            for (Parameter parameter : parameters.all()) {
                tensors.putPlain("d" + parameter.name(), parameter.gradient());
            }
        }
        return tensors.results();
    }

    private static GoldenRunner activation(Activation activation) {
        return (backend, golden) -> {
            GoldenTensors tensors = new GoldenTensors(backend, golden);
            Tensor x = tensors.plain("x");
            Tensor y = requireNonNull(tensors.zerosLike(x));
            Tensor dx = requireNonNull(tensors.zerosLike(x));
            backend.activation().forward(activation, x, y);
            backend.activation().backward(activation, x, tensors.plain("dout"), dx);
            tensors.putPlain("out", y);
            tensors.putPlain("dx", dx);
            return tensors.results();
        };
    }

    private static Map<String, float[]> softmax(Backend backend, GoldenCase golden) {
        GoldenTensors tensors = new GoldenTensors(backend, golden);
        Tensor x = tensors.plain("x");
        Tensor y = requireNonNull(tensors.zerosLike(x));
        Tensor dx = requireNonNull(tensors.zerosLike(x));
        backend.activation().softmax(x, y);
        backend.activation().softmaxGradient(y, tensors.plain("dout"), dx);
        tensors.putPlain("out", y);
        tensors.putPlain("dx", dx);
        return tensors.results();
    }
}
