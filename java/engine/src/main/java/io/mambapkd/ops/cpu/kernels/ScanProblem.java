package io.mambapkd.ops.cpu.kernels;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.cpu.math.Loops;
import io.mambapkd.ops.cpu.memory.CpuMemory;
import io.mambapkd.ops.cpu.memory.Rows;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Arguments of a scan as arrays, and the weights in the order that the inner loops want: {@code a} as (N, D), {@code skip} and {@code bias} once for every
 * step (L, D), zeros for what is absent.
 */
final class ScanProblem {
    final int length;
    final int channels;
    final int states;
    final int groups;
    final boolean reverse;
    final boolean softplus;
    final Rows u;
    final Rows delta;
    final Rows b;
    final Rows c;
    final @Nullable Rows z;
    final float[] a;
    final float[] skip;
    final float[] bias;

    ScanProblem(ScanOps.Options options, ScanOps.Inputs inputs) {
        length = inputs.u().shape().extent(1);
        channels = inputs.u().shape().last();
        states = inputs.a().shape().last();
        groups = options.groups();
        reverse = options.direction() == ScanOps.Direction.REVERSE;
        softplus = options.deltaActivation() == Activation.SOFTPLUS;
        u = Rows.of(inputs.u());
        delta = Rows.of(inputs.delta());
        b = Rows.of(inputs.b());
        c = Rows.of(inputs.c());
        z = inputs.z() == null ? null : Rows.of(inputs.z());
        a = transposed(inputs.a());
        skip = everyStep(inputs.dSkip());
        bias = everyStep(inputs.deltaBias());
    }

    /** Values of one step's state: N*D. */
    int stateSize() {
        return states * channels;
    }

    /** Channels of a group. */
    int groupWidth() {
        return channels / groups;
    }

    /** The position of the step that is visited as number {@code visit}. */
    int position(int visit) {
        return reverse ? length - 1 - visit : visit;
    }

    private float[] transposed(Tensor tensor) {
        float[] source = CpuMemory.floats(tensor);
        float[] target = new float[stateSize()];
        for (int d = 0; d < channels; d++) {
            for (int n = 0; n < states; n++) {
                target[n * channels + d] = source[CpuMemory.at(tensor) + d * states + n];
            }
        }
        return target;
    }

    private float[] everyStep(@Nullable Tensor tensor) {
        float[] rows = new float[length * channels];
        if (tensor != null) {
            Loops.tile(CpuMemory.floats(tensor), CpuMemory.at(tensor), channels, rows, length);
        }
        return rows;
    }
}
