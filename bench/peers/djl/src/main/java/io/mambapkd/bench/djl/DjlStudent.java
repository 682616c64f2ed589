package io.mambapkd.bench.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import io.mambapkd.model.StudentSpec;
import org.jspecify.annotations.Nullable;

/**
 * A Mamba student with the operations that eager PyTorch has.
 *
 * <p>Activations are (L, B, channels): the steps of the scan and the taps of the convolution are then contiguous slices, and every
 * linear is one product. Large temporaries that autograd does not keep are closed at once, as Python would.
 */
final class DjlStudent implements DjlModel {
    private static final float EPSILON = 1e-5f;

    private final StudentSpec spec;

    DjlStudent(StudentSpec spec) {
        this.spec = spec;
    }

    @Override
    public NDArray logits(NDArray images, DjlParameters.Views weights) {
        long batch = images.getShape().get(0);
        long steps = images.getShape().get(1) / spec.tokenizer().size();
        NDArray tokens = images.reshape(batch, steps, -1).transpose(1, 0, 2);
        NDArray x = linear(tokens, weights.get("embed.weight"), weights.get("embed.bias"))
                .add(weights.get("pos_embed").expandDims(1));
        for (int block = 0; block < spec.blocks(); block++) {
            String prefix = "layers." + block + ".";
            x = x.add(mixer(norm(x, weights.get(prefix + "norm.weight")), weights, prefix + "mixer."));
        }
        NDArray flat = norm(x, weights.get("norm_f.weight")).transpose(1, 0, 2).reshape(batch, -1);
        return linear(flat, weights.get("head.weight"), weights.get("head.bias"));
    }

    private NDArray mixer(NDArray x, DjlParameters.Views weights, String prefix) {
        NDList branches =
                linear(x, weights.get(prefix + "in_proj.weight"), null).split(2, 2);
        NDArray u = silu(convolution(
                branches.get(0), weights.get(prefix + "conv1d.weight"), weights.get(prefix + "conv1d.bias")));
        int rank = spec.dtRank();
        NDList selected = linear(u, weights.get(prefix + "x_proj.weight"), null)
                .split(new long[] {rank, rank + spec.stateSize()}, 2);
        NDArray delta = linear(
                        selected.get(0), weights.get(prefix + "dt_proj.weight"), weights.get(prefix + "dt_proj.bias"))
                .getNDArrayInternal()
                .softPlus();
        NDArray a = weights.get(prefix + "A_log").exp().neg();
        NDArray y = scan(u, delta, a, selected.get(1), selected.get(2)).add(u.mul(weights.get(prefix + "D")));
        return linear(y.mul(silu(branches.get(1))), weights.get(prefix + "out_proj.weight"), null);
    }

    /** Shifted multiply-adds: with oneDNN's depthwise convolution the whole step took a fifth longer. */
    private static NDArray convolution(NDArray x, NDArray weight, NDArray bias) {
        long steps = x.getShape().get(0);
        long channels = weight.getShape().get(0);
        NDList taps = weight.reshape(channels, -1).transpose(1, 0).split(weight.size() / channels, 0);
        NDArray before =
                x.getManager().zeros(new Shape(taps.size() - 1, x.getShape().get(1), channels));
        NDArray padded = NDArrays.concat(new NDList(before, x), 0);
        NDArray y = bias;
        for (int tap = 0; tap < taps.size(); tap++) {
            try (NDArray product = padded.get(tap + ":" + (tap + steps)).mul(taps.get(tap))) {
                y = product.add(y);
            }
        }
        return y;
    }

    /**
     * The scan as the reference's eager code does it: factors of all steps at once, one multiply-add per step, one product with C. States are
     * (L, B, N, D); with D before N, as in the reference, the step took a sixth longer.
     */
    private static NDArray scan(NDArray u, NDArray delta, NDArray a, NDArray b, NDArray c) {
        long steps = u.getShape().get(0);
        NDArray decay;
        try (NDArray exponent = delta.expandDims(2).mul(a.transpose(1, 0))) {
            decay = exponent.exp();
        }
        NDArray input = delta.mul(u).expandDims(2).mul(b.expandDims(3));
        NDList decays = decay.split(steps, 0);
        NDList inputs = input.split(steps, 0);
        NDList states = new NDList();
        NDArray state = inputs.get(0);
        states.add(state);
        for (int step = 1; step < steps; step++) {
            try (NDArray kept = decays.get(step).mul(state)) {
                state = kept.add(inputs.get(step));
            }
            states.add(state);
        }
        NDArray all = NDArrays.concat(states, 0);
        input.close();
        inputs.close();
        return c.expandDims(2).matMul(all).squeeze(2);
    }

    private static NDArray norm(NDArray x, NDArray weight) {
        NDArray scale = x.square().mean(new int[] {-1}, true).add(EPSILON).sqrt();
        return x.div(scale).mul(weight);
    }

    private static NDArray silu(NDArray x) {
        return x.mul(x.getNDArrayInternal().sigmoid());
    }

    private static NDArray linear(NDArray x, NDArray weight, @Nullable NDArray bias) {
        return x.getNDArrayInternal().linear(x, weight, bias).singletonOrThrow();
    }
}
