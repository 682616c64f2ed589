package io.mambapkd.ops.fused;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BackendUnderTest;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.HeadOps;
import io.mambapkd.ops.Results;
import io.mambapkd.ops.SequenceTensors;
import io.mambapkd.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The end of a student in one kernel, against the operations that it stands for on the CPU. */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#cuda")
public class HeadOpsContractTest {
    /** Relative to the largest value: sums of up to a thousand products in another order. */
    private static final double ROUNDED = 5e-6;

    private final BackendUnderTest under;
    private final Backend backend;

    public HeadOpsContractTest(BackendUnderTest under) {
        this.under = under;
        backend = under.open();
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    private void matches(HeadCase head) {
        Results.matchTheSpecification(head.toString(), backend, ROUNDED, head::run);
    }

    /** Lanes of a token that are all there or not, groups of 128 threads and of 256, both full or not. */
    private static final int[][] SAMPLES = {
        {1, 4}, {7, 4}, {128, 4}, {129, 4}, {256, 4}, {7, 8}, {14, 12}, {28, 16}, {32, 16}, {33, 16}, {9, 20}, {28, 24},
        {28, 32}, {3, 36}, {14, 48}, {13, 60}, {4, 64}, {16, 64}
    };

    @Test
    void samplesOfEveryShapeMatchTheSpecification() {
        for (int i = 0; i < SAMPLES.length; i++) {
            matches(new HeadCase(3 + i % 3 * 7, SAMPLES[i][0], SAMPLES[i][1], i % 4 == 3 ? 12 : 10));
        }
    }

    @Test
    void everyNumberOfClassesMatchesTheSpecification() {
        for (int classes = 2; classes <= 16; classes++) {
            matches(new HeadCase(classes % 2 == 0 ? 5 : 18, 3, 12, classes));
        }
    }

    /** Fewer samples than a tile has, as many, one more, in groups of both sizes; of which all count, or all but one, or one. */
    @Test
    void batchesAroundTheTilesOfABlockMatchTheSpecification() {
        for (int batch : new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17}) {
            matches(new HeadCase(batch, 2, 8, 3));
            matches(new HeadCase(batch, 2, 8, 11).of(Math.max(1, batch - 1)));
            matches(new HeadCase(batch, 17, 36, 4).of(1));
        }
    }

    /** More tiles than there are blocks, so that some blocks have one and others two; three for the smaller tiles. */
    @Test
    void blocksTakeManyTiles() {
        matches(new HeadCase(132 * 16 + 21, 1, 4, 2));
        matches(new HeadCase(2 * 132 * 8 + 11, 129, 4, 2).of(2 * 132 * 8));
    }

    @Test
    void everySetOfOptionalTensorsMatchesTheSpecification() {
        for (int set = 0; set < 8; set++) {
            HeadCase head = new HeadCase(6, 5, 16, 10).with((set & 1) != 0, (set & 2) != 0, (set & 4) != 0);
            matches(head);
            matches(head.of(4));
        }
    }

    @Test
    void everyLossMatchesTheSpecification() {
        for (double alpha : new double[] {0, 0.5, 1}) {
            for (double temperature : new double[] {1, 4}) {
                matches(new HeadCase(5, 4, 8, 10)
                        .with(new DistillationLossOps.Options(alpha, temperature, 0.2, 0.25, 1.5)));
            }
        }
        matches(new HeadCase(5, 4, 8, 10).with(false, false, false).with(DistillationLossOps.Options.crossEntropy(0)));
    }

    /** Of zeros, and of one value far above the others: what the roots of mean squares are taken of. */
    @Test
    void tokensOfZerosAndOfOneLargeValueMatchTheSpecification() {
        Results.matchTheSpecification("", backend, ROUNDED, (own, results) -> {
            HeadCase head = new HeadCase(4, 3, 8, 5);
            HeadCase.Call call = head.draw(own, results.tensors());
            float[] values = results.tensors().values(call.x());
            Arrays.fill(values, 0, 40, 0f);
            values[41] = 3e4f;
            own.upload(values, call.x());
            head.run(own, call);
            results.add("student", call.inputs().student());
            results.add("dx", call.dx());
            results.add("dScale", call.gradients().scale());
            results.add("dWeight", call.gradients().weight());
        });
    }

    @Test
    void resultsHaveTheSameBitsOnEveryRunAndInEveryOrderOfThreads() {
        Results.haveTheSameBits(under, (own, results) -> {
            new HeadCase(35, 28, 16, 10).of(33).run(own, results);
            new HeadCase(11, 14, 48, 13).run(own, results);
        });
    }

    @Test
    void theExtentsOfStudentsAreTaken() {
        assumeFalse(under.computesOnCpu());
        for (int[] student : new int[][] {{28, 16}, {14, 48}, {14, 16}, {14, 8}, {14, 12}, {28, 32}, {7, 4}, {7, 8}}) {
            assertThat(backend.head().head(student[0], student[1], 10)).isPresent();
        }
        for (int[] other : new int[][] {{64, 48, 10}, {28, 36, 10}, {28, 18, 10}, {2, 68, 10}, {28, 16, 17}}) {
            assertThat(backend.head().head(other[0], other[1], other[2])).isEmpty();
        }
    }

    @Test
    void aLabelOutsideTheClassesMakesTheLossAndItsSampleNaN() {
        assumeFalse(under.computesOnCpu());
        HeadCase head = new HeadCase(3, 2, 8, 4);
        SequenceTensors tensors = new SequenceTensors(backend, 1);
        for (int label : new int[] {-1, 4}) {
            HeadCase.Call call = head.draw(backend, tensors);
            backend.upload(new int[] {0, label, 3}, call.inputs().labels());
            head.run(backend, call);
            assertThat(tensors.values(call.statistics())[0]).isNaN();
            float[] dx = tensors.values(call.dx());
            for (int i = 0; i < dx.length; i++) {
                assertThat(Float.isNaN(dx[i])).as("dx[%d]", i).isEqualTo(i / 16 == 1);
            }
            assertThat(tensors.values(call.inputs().student())).doesNotContain(Float.NaN);
        }
    }

    @Test
    void whatDoesNotFitIsRefusedByName() {
        assumeFalse(under.computesOnCpu());
        HeadCase head = new HeadCase(3, 2, 8, 4);
        SequenceTensors tensors = new SequenceTensors(backend, 1);
        HeadCase.Call call = head.draw(backend, tensors);
        HeadOps.Head kernel = backend.head().head(2, 8, 4).orElseThrow();
        Tensor misplaced = tensors.uniform(-1, 1, 3 * 16 + 1).slices(1, 3 * 16).reshape(3, 2, 8);
        assertThatThrownBy(() -> launch(kernel, misplaced, HeadCase.EPSILON, call))
                .hasMessageEndingWith("which is no multiple of 16 bytes; copy it to a tensor of its own");
        assertThatThrownBy(() -> launch(kernel, call.x().reshape(3, 4, 4), HeadCase.EPSILON, call))
                .hasMessageStartingWith("head: x must have shape (3, 2, 8) but is");
        assertThatThrownBy(() -> launch(kernel, call.x(), 0, call))
                .hasMessage("head: epsilon must be above 0, got 0.0");
    }

    private static void launch(HeadOps.Head kernel, Tensor x, float epsilon, HeadCase.Call call) {
        kernel.lossAndGradients(
                x,
                call.weights(),
                epsilon,
                DistillationLossOps.Options.crossEntropy(0),
                call.inputs(),
                call.dx(),
                call.gradients(),
                call.statistics());
    }
}
