package io.mambapkd.bench.kernels;

import io.mambapkd.bench.kernels.KernelShape.Kind;
import io.mambapkd.ops.Backend;
import io.mambapkd.tensor.DType;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The parts of a Mamba block that are one operation where the backend has a kernel for their extents, each beside the operations that its layers launch otherwise. */
final class BlockKernels {
    /** Square, sum, scale and weight of a norm, for each element. */
    private static final int NORM_FLOPS = 4;

    private static final int NORM_GRADIENT_FLOPS = 11;

    private BlockKernels() {}

    static List<KernelOperation> all() {
        return Stream.of(
                        both(
                                "norm_projection_forward",
                                t -> norm(t, NORM_FLOPS, 1),
                                FusedKernels::normProjection,
                                SeparateKernels::normProjection,
                                BlockExtents::normProjection),
                        both(
                                "norm_projection_backward",
                                t -> norm(t, NORM_GRADIENT_FLOPS, 2),
                                FusedKernels::normProjectionGradient,
                                SeparateKernels::normProjectionGradient,
                                BlockExtents::normProjection),
                        both(
                                "conv_projection_forward",
                                t -> conv(t, 2, 1),
                                FusedKernels::convProjection,
                                SeparateKernels::convProjection,
                                BlockExtents::convProjection),
                        both(
                                "conv_projection_backward",
                                t -> conv(t, 6, 2),
                                FusedKernels::convProjectionGradient,
                                SeparateKernels::convProjectionGradient,
                                BlockExtents::convProjection),
                        both(
                                "mixing_forward",
                                t -> mixing(t, ScanKernels.FORWARD_FLOPS, 1),
                                FusedKernels::mixing,
                                SeparateKernels::mixing,
                                BlockExtents::mixing),
                        both(
                                "mixing_backward",
                                t -> mixing(t, ScanKernels.BACKWARD_FLOPS, 2),
                                FusedKernels::mixingGradient,
                                SeparateKernels::mixingGradient,
                                BlockExtents::mixing),
                        both(
                                "projection_forward",
                                t -> projection(t, 1),
                                FusedKernels::projection,
                                SeparateKernels::projection,
                                BlockExtents::projection),
                        both(
                                "projection_backward",
                                t -> projection(t, 2),
                                FusedKernels::projectionGradient,
                                SeparateKernels::projectionGradient,
                                BlockExtents::projection))
                .flatMap(List::stream)
                .toList();
    }

    /** A part of a backend, if it has it. */
    @FunctionalInterface
    private interface Part {
        Optional<?> of(BlockExtents extents, Backend backend, DType activations);
    }

    private static List<KernelOperation> both(
            String name,
            Consumer<KernelTensors> arithmetic,
            KernelOperation.Declaration fused,
            KernelOperation.Declaration separate,
            Part part) {
        return List.of(
                of(name, KernelOperation.SHIPPED, arithmetic, fused)
                        .whereOffered(
                                (backend, shape, activations) -> part.of(BlockExtents.of(shape), backend, activations)
                                        .isPresent()),
                of(name, KernelOperations.SEPARATE, arithmetic, separate));
    }

    private static KernelOperation of(
            String name, String variant, Consumer<KernelTensors> arithmetic, KernelOperation.Declaration declaration) {
        return KernelOperation.inBothTypes(name, variant, Kind.BLOCK, (t, backend) -> {
            arithmetic.accept(t);
            return declaration.declare(t, backend);
        });
    }

    private static long product(KernelTensors t, int inputs, int outputs) {
        return 2 * SequenceKernels.rows(t) * inputs * outputs;
    }

    private static void norm(KernelTensors t, int flops, int products) {
        BlockExtents e = BlockExtents.of(t.shape());
        t.flops(SequenceKernels.rows(t) * e.width() * flops + products * product(t, e.width(), e.outputs()));
    }

    private static void conv(KernelTensors t, int flopsOfTap, int products) {
        BlockExtents e = BlockExtents.of(t.shape());
        t.flops(SequenceKernels.rows(t) * e.channels() * flopsOfTap * SequenceKernels.TAPS
                + products * product(t, e.channels(), e.columns()));
        t.exps(SequenceKernels.rows(t) * e.channels() * SequenceKernels.EXPS_OF_SILU);
    }

    private static void mixing(KernelTensors t, int flopsOfState, int products) {
        BlockExtents e = BlockExtents.of(t.shape());
        long elements = SequenceKernels.rows(t) * e.channels();
        t.flops(elements * flopsOfState * e.states() + products * product(t, e.rank(), e.channels()));
        t.exps(elements * (e.states() + ScanKernels.MORE_EXPS));
    }

    private static void projection(KernelTensors t, int products) {
        BlockExtents e = BlockExtents.of(t.shape());
        t.flops(products * product(t, e.channels(), e.width())
                + (products == 1 ? SequenceKernels.rows(t) * e.width() : 0));
    }
}
