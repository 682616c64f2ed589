package io.mambapkd.validate.golden;

import static java.util.Objects.requireNonNull;

import io.mambapkd.nn.LayerPlan;
import io.mambapkd.nn.Linear;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.Parameter;
import io.mambapkd.nn.Parameters;
import io.mambapkd.nn.mamba.MambaMixer;
import io.mambapkd.nn.mamba.MixerSpec;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.Write;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.Map;

/** Runners of whole layers: the Mamba block, and a linear one. */
final class BlockRunners {
    private BlockRunners() {}

    static void register(Map<String, GoldenRunner> runners) {
        runners.put("mamba_block", BlockRunners::mambaBlock);
        runners.put("linear", BlockRunners::linear);
    }

    private static void mambaBlock(GoldenTensors tensors, GoldenCase golden) {
        Backend backend = tensors.backend();
        MixerSpec spec = new MixerSpec(
                golden.option("d_inner").asInt(),
                golden.option("d_state").asInt(),
                golden.option("dt_rank").asInt(),
                golden.option("d_conv").asInt(),
                MixerSpec.Kind.SCAN,
                MixerSpec.Direction.FORWARD,
                golden.option("bias").asBoolean() ? Linear.Bias.YES : Linear.Bias.NO,
                golden.option("conv_bias").asBoolean() ? Linear.Bias.YES : Linear.Bias.NO);
        MambaMixer mixer = new MambaMixer(spec);
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
            Tensor projected = named(activations, "x_dbl");
            tensors.putSequence("mid.delta", delta(tensors, parameters, projected, spec));
            tensors.putSequence("mid.B", projected.columns(rank, states));
            tensors.putSequence("mid.C", projected.columns(rank + states, states));
            tensors.putSequence("mid.y", named(activations, "y"));
            mixer.backward(x, y, tensors.plain("dout"), dx);
            tensors.putPlain("out", y);
            tensors.putPlain("dinput", dx);
            for (Parameter parameter : parameters.all()) {
                tensors.putPlain("grad." + parameter.name(), parameter.gradient());
            }
        }
    }

    /** The step sizes before bias and softplus, of dt: a scan that makes them itself leaves them nowhere. */
    private static Tensor delta(GoldenTensors tensors, Parameters parameters, Tensor projected, MixerSpec spec) {
        int[] shape = projected.shape().toArray();
        Tensor delta = tensors.zeros(shape[0], shape[1], spec.innerWidth());
        Tensor weight = parameters.all().stream()
                .filter(parameter -> parameter.name().equals("dt_proj.weight"))
                .findFirst()
                .orElseThrow()
                .value();
        tensors.backend()
                .gemm()
                .multiply(
                        projected.columns(0, spec.dtRank()),
                        Transpose.NO,
                        weight,
                        Transpose.YES,
                        Write.OVERWRITE,
                        delta);
        return delta;
    }

    private static Tensor named(Arena arena, String name) {
        return arena.tensors().stream()
                .filter(tensor -> tensor.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static void linear(GoldenTensors tensors, GoldenCase golden) {
        Backend backend = tensors.backend();
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
    }
}
