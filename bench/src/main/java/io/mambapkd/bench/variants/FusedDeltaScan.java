package io.mambapkd.bench.variants;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.ScanOps.Direction;
import io.mambapkd.ops.checks.ScanChecks;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.driver.DeviceContext;
import io.mambapkd.ops.cuda.driver.TypedKernel;
import io.mambapkd.ops.cuda.kernels.ScanShape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Launches of {@code bench/kernels/selective_scan_delta.cu}. */
final class FusedDeltaScan implements DeltaScan {
    private static final String FAMILY = "selective_scan_delta";
    private static final int FEW_RANKS = 2;
    private static final int FEW_STATES = 8;
    private static final int STATES_OF_A_PASS = 16;

    private final DeviceContext cuda;
    private final Kernels fewRanks;
    private final Kernels moreRanks;

    /** By the states that one pass holds. */
    private record Kernels(TypedKernel few, TypedKernel onePass, TypedKernel many) {
        static Kernels of(CudaContext cuda, String ranks) {
            return new Kernels(
                    TypedKernel.of(cuda, FAMILY, FAMILY + "_fwd_n8_" + ranks),
                    TypedKernel.of(cuda, FAMILY, FAMILY + "_fwd_n16_" + ranks),
                    TypedKernel.of(cuda, FAMILY, FAMILY + "_fwd_many_" + ranks));
        }

        TypedKernel forStates(int states) {
            return states <= FEW_STATES ? few : states <= STATES_OF_A_PASS ? onePass : many;
        }
    }

    FusedDeltaScan(CudaBackend backend) {
        cuda = backend.context();
        fewRanks = Kernels.of(cuda, "r2");
        moreRanks = Kernels.of(cuda, "r8");
    }

    @Override
    public void forward(ScanOps.Options options, Inputs inputs, Tensor y, @Nullable Tensor lastState) {
        Others others = inputs.others();
        // Delta would have the shape of u, and is not looked at.
        ScanOps.Inputs scan = others.with(others.u());
        ScanChecks.besideDelta(options, scan, y, lastState);
        inputs.check();
        ScanShape shape = ScanShape.forward(options, scan);
        Kernels kernels = inputs.weight().shape().last() <= FEW_RANKS ? fewRanks : moreRanks;
        Tensor z = others.z();
        cuda.launch(kernels.forStates(shape.states()).of(others.u()))
                .tensor(y)
                .tensor(lastState)
                .tensor(others.u())
                .tensor(inputs.low())
                .tensor(inputs.weight())
                .tensor(others.a())
                .tensor(others.b())
                .tensor(others.c())
                .tensor(others.dSkip())
                .tensor(z)
                .tensor(others.deltaBias())
                .int32(shape.batch())
                .int32(shape.length())
                .int32(shape.channels())
                .int32(shape.states())
                .int32(shape.groups())
                .int32(shape.chunks())
                .int32(shape.warpsPerSample())
                .int32(options.direction() == Direction.FORWARD ? 1 : -1)
                .int32(options.deltaActivation() == Activation.SOFTPLUS ? 1 : 0)
                .int32(inputs.weight().shape().last())
                .int32(y.rowStride())
                .int32(others.u().rowStride())
                .int32(inputs.low().rowStride())
                .int32(others.b().rowStride())
                .int32(others.c().rowStride())
                .int32(z == null ? 0 : z.rowStride())
                .grid(shape.sampleBlocks(), shape.gridRows());
    }
}
