package io.mambapkd.ops.fused;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BackendUnderTest;
import io.mambapkd.ops.BlockOps;
import io.mambapkd.ops.BlockOps.NormProjection;
import io.mambapkd.ops.Results;
import io.mambapkd.ops.SequenceTensors;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import io.mambapkd.validate.SeparateProjections;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The norm and the product behind it in one kernel, against the operations one by one on the CPU. */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#cuda")
class NormProjectionOpsContractTest {
    /** Sums of up to 288 products in another order, in units of 2^-24 of the largest value. */
    private static final double TOLERANCE = 5e-6;

    private final BackendUnderTest under;
    private final Backend backend;

    NormProjectionOpsContractTest(BackendUnderTest under) {
        this.under = under;
        backend = under.open();
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    /** @param low of x, which is uniform from there to {@code high} */
    private record Case(int rows, int width, int outputs, boolean bias, boolean residual, float low, float high) {
        private Case(int rows, int width, int outputs) {
            this(rows, width, outputs, true, true, -2, 2);
        }
    }

    private static NormProjection projection(Backend own, SequenceTensors tensors, Case size, DType activations) {
        return own.block()
                .normProjection(size.width, size.outputs, activations)
                .orElseGet(() -> new SeparateProjections(own, tensors::zeros).norm());
    }

    private static void run(Backend own, Results results, Case size) {
        SequenceTensors tensors = results.tensors();
        Tensor x = tensors.uniform(size.low, size.high, size.rows, 1, size.width);
        Tensor scale = tensors.uniform(-1, 1, size.width);
        Tensor weight = tensors.uniform(-1, 1, size.outputs, size.width);
        Tensor bias = size.bias ? tensors.uniform(-1, 1, size.outputs) : null;
        Tensor dy = tensors.activations(-1, 1, size.rows, 1, size.outputs);
        Tensor residual = size.residual ? tensors.uniform(-1, 1, size.rows, 1, size.width) : null;
        Tensor y = tensors.unwrittenActivations(size.rows, 1, size.outputs);
        Tensor dx = tensors.unwritten(size.rows, 1, size.width);
        Tensor dScale = tensors.uniform(-1, 1, size.width);
        Tensor dWeight = tensors.uniform(-1, 1, size.outputs, size.width);
        Tensor dBias = size.bias ? tensors.uniform(-1, 1, size.outputs) : null;
        NormProjection projection = projection(own, tensors, size, y.dtype());
        projection.forward(x, scale, 1e-5f, weight, bias, y);
        projection.backward(
                new BlockOps.NormProjectionInputs(x, scale, 1e-5f, weight), dy, residual, dx, dScale, dWeight, dBias);
        results.add("y", y);
        results.add("dx", dx);
        results.add("dScale", dScale);
        results.add("dWeight", dWeight);
        if (dBias != null) {
            results.add("dBias", dBias);
        }
    }

    private void matches(Case size) {
        assertThat(backend.block()
                        .normProjection(size.width, size.outputs, DType.F32)
                        .isPresent())
                .as("a kernel for %s", size)
                .isNotEqualTo(under.computesOnCpu());
        Results.matchTheSpecification(size.toString(), backend, TOLERANCE, (own, results) -> run(own, results, size));
    }

    private void matchesInBothTypes(Case size) {
        matches(size);
        Results.matchRoundedOnce(size.toString(), backend, TOLERANCE, (own, results) -> run(own, results, size));
    }

    @Test
    void everyNumberOfRowsAroundGroupsAndBlocks() {
        for (int rows : new int[] {1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 15, 16, 17, 31, 33, 49}) {
            matchesInBothTypes(new Case(rows, 16, 64));
        }
    }

    /** Those of students, odd numbers of quads, and the largest. */
    @Test
    void everyExtent() {
        for (int[] extents : new int[][] {
            {4, 4}, {4, 16}, {8, 4}, {8, 32}, {12, 48}, {16, 20}, {20, 12}, {24, 96}, {32, 128}, {36, 100}, {128, 8},
        }) {
            matchesInBothTypes(new Case(19, extents[0], extents[1]));
        }
        for (int[] extents : new int[][] {{48, 192}, {32, 288}, {64, 144}, {128, 72}, {4, 288}, {100, 88}}) {
            matches(new Case(19, extents[0], extents[1]));
        }
    }

    /** Blocks that take several tiles, the last one short, and a last block of few rows. */
    @Test
    void manyRows() {
        matches(new Case(264 * 40 - 5, 128, 4));
        matches(new Case(264 * 17 + 1, 128, 8));
        matches(new Case(528 * 25 + 2, 4, 128));
    }

    @Test
    void biasAndResidualMayBeAbsent() {
        for (int set = 0; set < 4; set++) {
            matchesInBothTypes(new Case(21, 16, 64, (set & 1) != 0, (set & 2) != 0, -2, 2));
            matchesInBothTypes(new Case(21, 12, 20, (set & 1) != 0, (set & 2) != 0, -2, 2));
        }
    }

    /** Rows so small that epsilon decides, rows of zeros, and rows far from zero. */
    @Test
    void rowsOfEverySize() {
        matches(new Case(9, 16, 64, false, true, -1e-3f, 1e-3f));
        matches(new Case(9, 16, 64, false, true, 0, 0));
        matches(new Case(9, 16, 64, false, true, 900, 1000));
    }

    @Test
    void theResidualMayBeTheGradientItself() {
        Case size = new Case(37, 16, 64);
        NormProjection projection = part(size);
        SequenceTensors tensors = new SequenceTensors(backend, 3);
        Tensor x = tensors.uniform(-2, 2, size.rows, size.width);
        Tensor scale = tensors.uniform(-1, 1, size.width);
        Tensor weight = tensors.uniform(-1, 1, size.outputs, size.width);
        Tensor dy = tensors.uniform(-1, 1, size.rows, size.outputs);
        Tensor residual = tensors.uniform(-1, 1, size.rows, size.width);
        Tensor dx = tensors.unwritten(size.rows, size.width);
        BlockOps.NormProjectionInputs inputs = new BlockOps.NormProjectionInputs(x, scale, 1e-5f, weight);
        Tensor dScale = tensors.zeros(size.width);
        Tensor dWeight = tensors.zeros(size.outputs, size.width);
        projection.backward(inputs, dy, residual, dx, dScale, dWeight, null);
        projection.backward(inputs, dy, residual, residual, dScale, dWeight, null);
        assertThat(tensors.values(residual)).isEqualTo(tensors.values(dx));
    }

    @Test
    void withoutAGradientAboveOnlyTheResidualIsLeft() {
        Case size = new Case(37, 16, 64);
        NormProjection projection = part(size);
        SequenceTensors tensors = new SequenceTensors(backend, 3);
        Tensor x = tensors.uniform(-2, 2, size.rows, size.width);
        Tensor scale = tensors.uniform(-1, 1, size.width);
        Tensor weight = tensors.uniform(-1, 1, size.outputs, size.width);
        Tensor residual = tensors.uniform(-1, 1, size.rows, size.width);
        Tensor dx = tensors.unwritten(size.rows, size.width);
        Tensor dScale = tensors.zeros(size.width);
        Tensor dWeight = tensors.uniform(-1, 1, size.outputs, size.width);
        float[] before = tensors.values(dWeight);
        projection.backward(
                new BlockOps.NormProjectionInputs(x, scale, 1e-5f, weight),
                tensors.zeros(size.rows, size.outputs),
                residual,
                dx,
                dScale,
                dWeight,
                null);
        assertThat(tensors.values(dx)).isEqualTo(tensors.values(residual));
        assertThat(tensors.values(dScale)).containsOnly(0);
        assertThat(tensors.values(dWeight)).isEqualTo(before);
    }

    @Test
    void extentsThatAreNotWholeQuadsOrTooLargeHaveNoKernel() {
        for (int[] extents : new int[][] {{6, 64}, {16, 62}, {128, 512}, {52, 192}, {132, 4}, {4, 292}}) {
            assertThat(backend.block().normProjection(extents[0], extents[1], DType.F32))
                    .isEmpty();
        }
        assertThat(backend.block().normProjection(48, 192, DType.BF16)).isEmpty();
    }

    @Test
    void tensorsOfOtherShapesAreRefused() {
        NormProjection projection = part(new Case(2, 16, 64));
        SequenceTensors tensors = new SequenceTensors(backend, 3);
        Tensor x = tensors.uniform(-2, 2, 2, 16);
        Tensor scale = tensors.uniform(-1, 1, 16);
        Tensor weight = tensors.uniform(-1, 1, 64, 16);
        assertThatThrownBy(() -> projection.forward(x, scale, 1e-5f, weight, null, tensors.zeros(2, 60)))
                .hasMessageStartingWith("norm_projection: y must have shape (2, 64) but is");
        assertThatThrownBy(() -> projection.forward(x, weight, 1e-5f, weight, null, tensors.zeros(2, 64)))
                .hasMessageStartingWith("norm_projection: scale must have shape (16) but is");
    }

    /** The kernel for a case, or the test is left out where there is none. */
    private NormProjection part(Case size) {
        assumeTrue(!under.computesOnCpu());
        return backend.block()
                .normProjection(size.width, size.outputs, DType.F32)
                .orElseThrow();
    }

    @Test
    void resultsHaveTheSameBitsOnEveryRunAndInEveryOrderOfThreads() {
        for (Case size : new Case[] {new Case(83, 16, 64), new Case(25, 20, 12), new Case(17, 128, 72)}) {
            Results.haveTheSameBits(under, (own, results) -> run(own, results, size));
        }
        Results.haveTheSameBits(
                under, SequenceTensors.Numbers.BFLOAT16, (own, results) -> run(own, results, new Case(83, 16, 64)));
    }
}
