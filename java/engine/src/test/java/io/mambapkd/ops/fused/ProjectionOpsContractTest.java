package io.mambapkd.ops.fused;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BackendUnderTest;
import io.mambapkd.ops.BlockOps.Projection;
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

/** The product and the sum behind it in one kernel, against the operations one by one on the CPU. */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#cuda")
class ProjectionOpsContractTest {
    /** Sums of up to 288 products in another order, in units of 2^-24 of the largest value. */
    private static final double TOLERANCE = 5e-6;

    private final BackendUnderTest under;
    private final Backend backend;

    ProjectionOpsContractTest(BackendUnderTest under) {
        this.under = under;
        backend = under.open();
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    private record Case(int rows, int inputs, int outputs, boolean bias, boolean residual) {
        private Case(int rows, int inputs, int outputs) {
            this(rows, inputs, outputs, true, true);
        }
    }

    private static void run(Backend own, Results results, Case size) {
        SequenceTensors tensors = results.tensors();
        Tensor x = tensors.activations(-1, 1, size.rows, 1, size.inputs);
        Tensor weight = tensors.uniform(-1, 1, size.outputs, size.inputs);
        Tensor bias = size.bias ? tensors.uniform(-1, 1, size.outputs) : null;
        Tensor residual = size.residual ? tensors.uniform(-1, 1, size.rows, 1, size.outputs) : null;
        Tensor dy = tensors.uniform(-1, 1, size.rows, 1, size.outputs);
        Tensor y = tensors.unwritten(size.rows, 1, size.outputs);
        Tensor dx = tensors.unwrittenActivations(size.rows, 1, size.inputs);
        Tensor dWeight = tensors.uniform(-1, 1, size.outputs, size.inputs);
        Tensor dBias = size.bias ? tensors.uniform(-1, 1, size.outputs) : null;
        Projection projection = own.block()
                .projection(size.inputs, size.outputs, x.dtype())
                .orElseGet(() -> new SeparateProjections(own, tensors::zeros).plain());
        projection.forward(x, weight, bias, residual, y);
        projection.backward(x, weight, dy, dx, dWeight, dBias);
        results.add("y", y);
        results.add("dx", dx);
        results.add("dWeight", dWeight);
        if (dBias != null) {
            results.add("dBias", dBias);
        }
    }

    private void matches(Case size) {
        assertThat(backend.block()
                        .projection(size.inputs, size.outputs, DType.F32)
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
        for (int rows : new int[] {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 49}) {
            matchesInBothTypes(new Case(rows, 32, 16));
        }
    }

    /** Those of students, odd numbers of quads, and the largest. */
    @Test
    void everyExtent() {
        for (int[] extents : new int[][] {
            {4, 4}, {8, 4}, {16, 8}, {24, 12}, {48, 24}, {64, 32}, {12, 20}, {20, 36}, {4, 128}, {128, 4}, {96, 48},
        }) {
            matchesInBothTypes(new Case(19, extents[0], extents[1]));
        }
        for (int[] extents : new int[][] {{128, 72}, {32, 288}, {4, 288}, {100, 88}, {64, 144}}) {
            matches(new Case(19, extents[0], extents[1]));
        }
    }

    /** Blocks that take several tiles, the last one short, and a last block of few rows. */
    @Test
    void manyRows() {
        matches(new Case(264 * 40 - 5, 128, 4));
        matches(new Case(264 * 17 + 1, 128, 8));
        matches(new Case(528 * 17 + 2, 4, 192));
    }

    @Test
    void biasAndResidualMayBeAbsent() {
        for (int set = 0; set < 4; set++) {
            matchesInBothTypes(new Case(21, 32, 16, (set & 1) != 0, (set & 2) != 0));
            matchesInBothTypes(new Case(21, 12, 20, (set & 1) != 0, (set & 2) != 0));
        }
    }

    @Test
    void theResidualMayBeTheResultItself() {
        Projection projection = part(32, 16);
        SequenceTensors tensors = new SequenceTensors(backend, 3);
        Tensor x = tensors.uniform(-1, 1, 37, 32);
        Tensor weight = tensors.uniform(-1, 1, 16, 32);
        Tensor residual = tensors.uniform(-1, 1, 37, 16);
        Tensor y = tensors.unwritten(37, 16);
        projection.forward(x, weight, null, residual, y);
        projection.forward(x, weight, null, residual, residual);
        assertThat(tensors.values(residual)).isEqualTo(tensors.values(y));
    }

    @Test
    void withoutAGradientAboveThereIsNone() {
        Projection projection = part(32, 16);
        SequenceTensors tensors = new SequenceTensors(backend, 3);
        Tensor x = tensors.uniform(-1, 1, 37, 32);
        Tensor weight = tensors.uniform(-1, 1, 16, 32);
        Tensor dx = tensors.unwritten(37, 32);
        Tensor dWeight = tensors.uniform(-1, 1, 16, 32);
        float[] before = tensors.values(dWeight);
        projection.backward(x, weight, tensors.zeros(37, 16), dx, dWeight, null);
        assertThat(tensors.values(dx)).containsOnly(0);
        assertThat(tensors.values(dWeight)).isEqualTo(before);
    }

    @Test
    void extentsThatAreNotWholeQuadsOrTooLargeHaveNoKernel() {
        for (int[] extents : new int[][] {{6, 64}, {16, 62}, {256, 128}, {132, 4}, {4, 292}, {128, 76}}) {
            assertThat(backend.block().projection(extents[0], extents[1], DType.F32))
                    .isEmpty();
        }
        assertThat(backend.block().projection(128, 40, DType.BF16)).isEmpty();
    }

    @Test
    void tensorsOfOtherShapesAreRefused() {
        Projection projection = part(32, 16);
        SequenceTensors tensors = new SequenceTensors(backend, 3);
        Tensor x = tensors.uniform(-1, 1, 2, 32);
        Tensor weight = tensors.uniform(-1, 1, 16, 32);
        Tensor y = tensors.zeros(2, 16);
        assertThatThrownBy(() -> projection.forward(x, weight, null, x, y))
                .hasMessageStartingWith("projection: residual must have shape (2, 16) but is");
        assertThatThrownBy(() -> projection.backward(x, weight, y, y, weight, null))
                .hasMessageStartingWith("projection: dx must have shape (2, 32) but is");
    }

    /** The kernel, or the test is left out where there is none. */
    private Projection part(int inputs, int outputs) {
        assumeTrue(!under.computesOnCpu());
        return backend.block().projection(inputs, outputs, DType.F32).orElseThrow();
    }

    @Test
    void resultsHaveTheSameBitsOnEveryRunAndInEveryOrderOfThreads() {
        for (Case size : new Case[] {new Case(83, 32, 16), new Case(25, 20, 12), new Case(17, 128, 72)}) {
            Results.haveTheSameBits(under, (own, results) -> run(own, results, size));
        }
        Results.haveTheSameBits(
                under, SequenceTensors.Numbers.BFLOAT16, (own, results) -> run(own, results, new Case(83, 32, 16)));
    }
}
