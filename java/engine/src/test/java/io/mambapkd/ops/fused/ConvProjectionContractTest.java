package io.mambapkd.ops.fused;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BackendUnderTest;
import io.mambapkd.ops.BlockOps.ConvProjection;
import io.mambapkd.ops.BlockOps.ConvProjectionGradients;
import io.mambapkd.ops.BlockOps.ConvProjectionInputs;
import io.mambapkd.ops.Results;
import io.mambapkd.ops.SequenceTensors;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import io.mambapkd.validate.SeparateConvProjection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The convolution with its projection, against the operations that it stands for on the CPU. */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#cuda")
public class ConvProjectionContractTest {
    /** Relative to the largest value: of sums of up to 128 products, and of gradients over a few hundred rows. */
    private static final double TOLERANCE = 5e-6;

    private final BackendUnderTest under;
    private final Backend backend;

    public ConvProjectionContractTest(BackendUnderTest under) {
        this.under = under;
        backend = under.open();
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    private record Case(
            int batch,
            int length,
            int channels,
            int taps,
            int outputs,
            boolean biased,
            boolean columns,
            float upstream) {
        private Case(int batch, int length, int channels, int outputs) {
            this(batch, length, channels, 4, outputs, true, true, 1);
        }

        private void run(Backend own, Results results) {
            SequenceTensors tensors = results.tensors().alignedColumns();
            int[] shape = {batch, length, channels};
            Tensor x = columns ? tensors.activationColumns(-2, 2, shape) : tensors.activations(-2, 2, shape);
            Tensor tapsOfAll = tensors.uniform(-1, 1, channels, taps);
            Tensor bias = biased ? tensors.uniform(-1, 1, channels) : null;
            Tensor weight = tensors.uniform(-1, 1, outputs, channels);
            Tensor u = tensors.unwrittenActivations(shape);
            Tensor projected = tensors.unwritten(batch, length, outputs);
            ConvProjection part = SeparateConvProjection.orFused(own, channels, taps, outputs, x.dtype());
            part.forward(x, tapsOfAll, bias, weight, u, projected);
            results.add("u", u);
            results.add("projected", projected);
            Tensor du = tensors.activations(-upstream, upstream, shape);
            Tensor dProjected = tensors.uniform(-upstream, upstream, batch, length, outputs);
            Tensor dx = columns ? tensors.unwrittenActivationColumns(shape) : tensors.unwrittenActivations(shape);
            Tensor dTaps = tensors.uniform(-upstream, upstream, channels, taps);
            Tensor dBias = biased ? tensors.uniform(-upstream, upstream, channels) : null;
            Tensor dWeight = tensors.uniform(-upstream, upstream, outputs, channels);
            part.backward(
                    new ConvProjectionInputs(x, tapsOfAll, bias, weight),
                    du,
                    dProjected,
                    dx,
                    new ConvProjectionGradients(dTaps, dBias, dWeight));
            results.add("dx", dx);
            results.add("dTaps", dTaps);
            if (dBias != null) {
                results.add("dBias", dBias);
            }
            results.add("dWeight", dWeight);
        }
    }

    /** Steps of a sample around those of a strand, 8; samples that end within one; channels from one thread for a row to half of a warp's. */
    private static final List<Case> STRANDS = List.of(
            new Case(1, 1, 4, 1),
            new Case(5, 1, 8, 5),
            new Case(3, 2, 12, 6),
            new Case(11, 3, 16, 17),
            new Case(2, 7, 24, 4),
            new Case(3, 8, 32, 17),
            new Case(1, 9, 36, 11),
            new Case(5, 14, 96, 19),
            new Case(2, 28, 32, 17));

    /** Tiles of 256, 136, 80, 64 and 48 rows: one less, one more, three. */
    private static final List<Case> TILES = List.of(
            new Case(1, 255, 32, 17),
            new Case(1, 257, 32, 17),
            new Case(1, 257, 8, 40),
            new Case(2, 137, 60, 9),
            new Case(1, 240, 96, 35),
            new Case(1, 129, 128, 36),
            new Case(2, 64, 128, 40),
            new Case(1, 97, 120, 40));

    /** More samples than blocks of the backward pass, and more tiles than blocks of the forward pass. */
    private static final List<Case> MANY =
            List.of(new Case(265, 3, 4, 2), new Case(531, 1, 8, 3), new Case(270, 33, 8, 2), new Case(397, 17, 64, 1));

    @Test
    void strandsMatchTheSeparateOperations() {
        STRANDS.forEach(this::matches);
    }

    @Test
    void tilesMatchTheSeparateOperations() {
        TILES.forEach(this::matches);
    }

    @Test
    void moreSamplesThanBlocksMatchTheSeparateOperations() {
        MANY.forEach(this::matches);
    }

    @Test
    void narrowerWindowsAndAbsentBiasesMatchTheSeparateOperations() {
        for (int taps = 1; taps <= 4; taps++) {
            matches(new Case(3, 5, 16, taps, 17, true, true, 1));
            matches(new Case(2, 10, 20, taps, 3, false, false, 1));
        }
        matches(new Case(2, 90, 96, 4, 18, false, true, 1));
    }

    @Test
    void gradientsOfNothingAreNothing() {
        matches(new Case(3, 13, 32, 4, 17, true, true, 0));
    }

    private void matches(Case one) {
        Results.matchTheSpecification(one.toString(), backend, TOLERANCE, one::run);
    }

    @Test
    void bfloat16IsRoundedOnce() {
        for (List<Case> cases : List.of(STRANDS, TILES, MANY)) {
            for (Case one : cases) {
                Results.matchRoundedOnce(one.toString(), backend, TOLERANCE, one::run);
            }
        }
        Results.matchRoundedOnce("dense", backend, TOLERANCE, new Case(2, 10, 20, 2, 3, false, false, 1)::run);
    }

    @Test
    void resultsHaveTheSameBitsOnEveryRunAndInEveryOrderOfThreads() {
        for (SequenceTensors.Numbers numbers : SequenceTensors.Numbers.values()) {
            Results.haveTheSameBits(under, numbers, (own, results) -> {
                new Case(3, 28, 32, 17).run(own, results);
            });
            Results.haveTheSameBits(under, numbers, (own, results) -> {
                new Case(1, 170, 96, 19).run(own, results);
            });
        }
    }

    /** Values where the exponential of the sigmoid overflows, and where it is nothing. */
    @Test
    void largeValuesStayFinite() {
        Results.matchTheSpecification("large", backend, TOLERANCE, (own, results) -> {
            SequenceTensors tensors = results.tensors();
            Tensor x = tensors.uniform(-200, 200, 2, 9, 8);
            Tensor taps = tensors.uniform(-1, 1, 8, 4);
            Tensor weight = tensors.uniform(-1, 1, 3, 8);
            Tensor u = tensors.unwritten(2, 9, 8);
            Tensor projected = tensors.unwritten(2, 9, 3);
            Tensor dx = tensors.unwritten(2, 9, 8);
            Tensor dTaps = tensors.zeros(8, 4);
            Tensor dWeight = tensors.zeros(3, 8);
            ConvProjection part = SeparateConvProjection.orFused(own, 8, 4, 3, DType.F32);
            part.forward(x, taps, null, weight, u, projected);
            part.backward(
                    new ConvProjectionInputs(x, taps, null, weight),
                    tensors.uniform(-1, 1, 2, 9, 8),
                    tensors.uniform(-1, 1, 2, 9, 3),
                    dx,
                    new ConvProjectionGradients(dTaps, null, dWeight));
            results.add("u", u);
            results.add("projected", projected);
            results.add("dx", dx);
            results.add("dTaps", dTaps);
            results.add("dWeight", dWeight);
        });
    }

    @Test
    void extentsOfModelsAreTakenAndOthersLeftToTheSeparateOperations() {
        for (int[] taken :
                new int[][] {{8, 4, 17}, {32, 4, 17}, {96, 4, 19}, {96, 4, 35}, {128, 1, 36}, {128, 4, 40}}) {
            assertThat(isTaken(taken))
                    .as(List.of(taken[0], taken[1], taken[2]).toString())
                    .isTrue();
        }
        for (int[] left : new int[][] {{30, 4, 17}, {132, 4, 17}, {32, 5, 17}, {32, 4, 41}, {256, 4, 40}}) {
            assertThat(isTaken(left))
                    .as(List.of(left[0], left[1], left[2]).toString())
                    .isFalse();
        }
    }

    private boolean isTaken(int... extents) {
        return backend.block()
                .convProjection(extents[0], extents[1], extents[2], DType.F32)
                .isPresent();
    }

    @Test
    void tensorsOfOtherShapesTypesAndStridesAreRefused() {
        SequenceTensors tensors = new SequenceTensors(backend, 1);
        SequenceTensors narrow = new SequenceTensors(backend, 1, SequenceTensors.Numbers.BFLOAT16);
        Tensor x = tensors.uniform(-1, 1, 2, 3, 8);
        assertThatThrownBy(() -> forward(tensors, tensors.uniform(-1, 1, 2, 3, 4), null, 2))
                .hasMessageStartingWith("conv_projection: x must have shape");
        assertThatThrownBy(() -> forward(tensors, narrow.activations(-1, 1, 2, 3, 8), null, 2))
                .hasMessageStartingWith("conv_projection: x must be F32 but is");
        assertThatThrownBy(() -> forward(tensors, tensors.uniformColumns(-1, 1, 2, 3, 8), null, 2))
                .hasMessageStartingWith("conv_projection: x must have rows a multiple of 4 elements apart, got 13");
        assertThatThrownBy(
                        () -> forward(tensors, tensors.uniform(-1, 1, 2, 3, 16).columns(2, 8), null, 2))
                .hasMessageContaining("no multiple of 16 bytes");
        assertThatThrownBy(() -> forward(tensors, x, tensors.uniform(-1, 1, 7), 2))
                .hasMessageStartingWith("conv_projection: bias must have shape");
        assertThatThrownBy(() -> forward(tensors, x, null, 3))
                .hasMessageStartingWith("conv_projection: projected must have shape");
    }

    private void forward(SequenceTensors tensors, Tensor x, @Nullable Tensor bias, int projected) {
        SeparateConvProjection.orFused(backend, 8, 4, 2, DType.F32)
                .forward(
                        x,
                        tensors.uniform(-1, 1, 8, 4),
                        bias,
                        tensors.uniform(-1, 1, 2, 8),
                        tensors.unwritten(2, 3, 8),
                        tensors.unwritten(2, 3, projected));
    }
}
