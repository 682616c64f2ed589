package io.mambapkd.bench.variants;

import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.checks.ScanChecks;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** The fused projection as a scan: with R = D and the unit matrix for weights every other term of the projection is 0, so delta comes out to the bit. */
final class DeltaAsItIs implements ScanOps {
    private final CudaBackend backend;
    private final DeltaScan fused;

    DeltaAsItIs(CudaBackend backend) {
        this.backend = backend;
        fused = ScanVariants.fused(backend);
    }

    @Override
    public void forward(Options options, Inputs inputs, Tensor y, @Nullable Tensor lastState, @Nullable Tensor states) {
        if (states != null) {
            backend.scan().forward(options, inputs, y, lastState, states);
            return;
        }
        ScanChecks.forward(options, inputs, y, lastState, null);
        int channels = inputs.u().shape().last();
        float[] unit = new float[channels * channels];
        for (int i = 0; i < channels; i++) {
            unit[i * channels + i] = 1;
        }
        try (Arena arena = backend.newArena("unit matrix")) {
            Tensor weight = arena.allocate("weight", channels, channels);
            arena.seal();
            backend.upload(unit, weight);
            DeltaScan.Others others = new DeltaScan.Others(
                    inputs.u(), inputs.a(), inputs.b(), inputs.c(), inputs.dSkip(), inputs.z(), inputs.deltaBias());
            fused.forward(options, new DeltaScan.Inputs(inputs.delta(), weight, others), y, lastState);
        }
    }

    @Override
    public void backward(Options options, Inputs inputs, Tensor dy, @Nullable Tensor states, Gradients gradients) {
        backend.scan().backward(options, inputs, dy, states, gradients);
    }

    @Override
    public void decay(Tensor aLog, Tensor a) {
        backend.scan().decay(aLog, a);
    }

    @Override
    public void decayGradient(Tensor a, Tensor dA, Tensor dALog) {
        backend.scan().decayGradient(a, dA, dALog);
    }
}
