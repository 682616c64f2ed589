package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
class OptimizerOpsContractTest {
    private static final OptimizerOps.AdamW ADAMW = new OptimizerOps.AdamW(0.9, 0.999, 1e-8, 0.05);
    private static final float RATE = 0.01f;
    private static final float CORRECTION_1 = 0.271f;
    private static final float CORRECTION_2 = 0.002997f;

    private final BackendUnderTest under;
    private final Backend backend;
    private final SequenceTensors tensors;
    private final TestTensors of;

    OptimizerOpsContractTest(BackendUnderTest under) {
        this.under = under;
        backend = under.open();
        tensors = new SequenceTensors(backend, 5);
        of = new TestTensors(backend);
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    /** Four to a thread and 1024 to a block, where the last ones may be fewer; the border of the decay everywhere in a thread's four. */
    @ParameterizedTest
    @CsvSource({
        "1, 0",
        "1, 1",
        "3, 2",
        "4, 1",
        "4, 4",
        "5, 4",
        "7, 5",
        "8, 6",
        "1023, 1022",
        "1024, 0",
        "1025, 1025",
        "2500, 1027"
    })
    void adamWMatchesTheFormula(int count, int decayed) {
        // All from the start of their memory, then one element behind: no access of 16 bytes is possible there.
        for (int skipped = 0; skipped < 2; skipped++) {
            Tensor p = tensors.uniform(-1, 1, count + 1).slices(skipped, count);
            Tensor g = tensors.uniform(-1, 1, count + 1).slices(skipped, count);
            Tensor m = tensors.uniform(-1, 1, count + 1).slices(skipped, count);
            Tensor v = tensors.uniform(0, 1, count + 1).slices(skipped, count);
            double[] newP = tensors.doubles(p);
            double[] newM = tensors.doubles(m);
            double[] newV = tensors.doubles(v);
            double[] gradients = tensors.doubles(g);
            float factor = skipped == 0 ? 0.375f : 1;
            for (int i = 0; i < count; i++) {
                double gradient = factor * gradients[i];
                newM[i] = 0.9 * newM[i] + 0.1 * gradient;
                newV[i] = 0.999 * newV[i] + 0.001 * gradient * gradient;
                newP[i] = newP[i] * (i < decayed ? 1 - RATE * 0.05 : 1)
                        - RATE / CORRECTION_1 * newM[i] / (Math.sqrt(newV[i] / CORRECTION_2) + 1e-8);
            }
            Tensor clip = skipped == 0 ? of.of(new float[] {factor}, 1) : null;
            backend.optimizer()
                    .adamW(ADAMW, new OptimizerOps.Step(oneStep(), number(1), clip, null), decayed, p, g, m, v);
            GradientCheck.close("m", backend.download(m), newM, 3e-7);
            GradientCheck.close("v", backend.download(v), newV, 3e-7);
            GradientCheck.close("p", backend.download(p), newP, 1e-6);
            GradientCheck.close("g", backend.download(g), gradients, 0);
        }
    }

    private Tensor oneStep() {
        return of.of(new float[] {RATE, CORRECTION_1, CORRECTION_2}, 1, 3);
    }

    private Tensor number(int value) {
        return new DatasetTensors(backend).integers(value);
    }

    /** The product is rounded to a float before it is used, so that no backend tells it from a gradient that was scaled in memory. */
    @Test
    void aFactorGivesTheBitsOfAGradientThatWasMultipliedByIt() {
        int count = 1100;
        float factor = 0.3f;
        float[] gradients = TestTensors.random(1, count);
        float[] scaled = new float[count];
        for (int i = 0; i < count; i++) {
            scaled[i] = factor * gradients[i];
        }
        Tensor schedule = oneStep();
        float[][] results = new float[2][];
        for (int way = 0; way < 2; way++) {
            Tensor p = of.of(TestTensors.random(2, count), count);
            Tensor m = of.of(TestTensors.random(3, count), count);
            Tensor v = of.of(new float[count], count);
            Tensor g = of.of(way == 0 ? gradients : scaled, count);
            Tensor clip = way == 0 ? of.of(new float[] {factor}, 1) : null;
            backend.optimizer().adamW(ADAMW, new OptimizerOps.Step(schedule, number(1), clip, null), 500, p, g, m, v);
            results[way] = backend.download(p);
        }
        assertThat(results[0]).containsExactly(results[1]);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void adamWTakesTheRowOfItsStep(int step) {
        float[] rates = {0.5f, 0.25f, 0.125f};
        Tensor schedule = of.of(new float[] {rates[0], 1, 4, rates[1], 1, 16, rates[2], 1, 64}, 3, 3);
        OptimizerOps.AdamW plain = new OptimizerOps.AdamW(0, 0, 0, 0.5);
        Tensor p = of.of(new float[] {8, 8}, 2);
        backend.optimizer()
                .adamW(
                        plain,
                        new OptimizerOps.Step(schedule, number(step), null, null),
                        1,
                        p,
                        of.of(new float[] {1, 1}, 2),
                        tensors.zeros(2),
                        tensors.zeros(2));
        // m = 1, and the root of v / correction is 1/2, 1/4, 1/8 in turn.
        float rate = rates[step - 1];
        float move = rate * (1 << step);
        assertThat(backend.download(p)).containsExactly(8 * (1 - rate / 2) - move, 8 - move);
    }

    /** Rows around the schedule are there, so that a wrong one would do. */
    @ParameterizedTest
    @ValueSource(ints = {0, 3, -5})
    void aStepThatIsNotPlannedIsNamedOrGivesNaN(int step) {
        Tensor around = of.of(new float[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, 4, 3);
        OptimizerOps.Step unplanned = new OptimizerOps.Step(around.slices(1, 2), number(step), null, null);
        Tensor p = tensors.uniform(1, 2, 5);
        Runnable update = () -> backend.optimizer()
                .adamW(ADAMW, unplanned, 2, p, tensors.uniform(1, 2, 5), tensors.zeros(5), tensors.zeros(5));
        if (under.computesOnCpu()) {
            assertThatThrownBy(update::run).hasMessage("adamw: step " + step + " is outside 1..2, its schedule");
        } else {
            update.run();
            assertThat(backend.download(p)).containsOnly(Float.NaN);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 7})
    void adamWUpdatesNothingOnceItIsHalted(int halted) {
        Tensor[] all = {
            tensors.uniform(1, 2, 1100),
            tensors.uniform(3, 4, 1100),
            tensors.uniform(1, 2, 1100),
            tensors.uniform(1, 2, 1100)
        };
        float[][] before = {backend.download(all[0]), backend.download(all[2]), backend.download(all[3])};
        backend.optimizer()
                .adamW(
                        ADAMW,
                        new OptimizerOps.Step(oneStep(), number(1), null, number(halted)),
                        1100,
                        all[0],
                        all[1],
                        all[2],
                        all[3]);
        float[][] after = {backend.download(all[0]), backend.download(all[2]), backend.download(all[3])};
        for (int t = 0; t < 3; t++) {
            for (int i = 0; i < 1100; i++) {
                assertThat(after[t][i] == before[t][i])
                        .as("tensor %d, element %d", t, i)
                        .isEqualTo(halted >= 0);
            }
        }
    }

    @Test
    void parametersBehindTheLastAreLeftAlone() {
        Tensor[] all = {
            tensors.uniform(1, 2, 12), tensors.uniform(1, 2, 12), tensors.uniform(1, 2, 12), tensors.uniform(1, 2, 12)
        };
        OptimizerOps.Step rates =
                new OptimizerOps.Step(of.of(new float[] {RATE, 1, 1, 1}, 1, 4), number(1), null, null);
        OptimizerOps.Step step = new OptimizerOps.Step(oneStep(), number(1), null, null);
        for (int count = 5; count <= 8; count++) {
            float[][] before = new float[4][];
            for (int t = 0; t < 4; t++) {
                before[t] = backend.download(all[t]);
            }
            int n = count;
            backend.optimizer()
                    .adamW(
                            ADAMW,
                            step,
                            n,
                            all[0].slices(0, n),
                            all[1].slices(0, n),
                            all[2].slices(0, n),
                            all[3].slices(0, n));
            OptimizerOps.Sgd sgd = new OptimizerOps.Sgd(0.9, List.of(new OptimizerOps.Group(n, 0.01)));
            backend.optimizer().sgd(sgd, rates, all[0].slices(0, n), all[1].slices(0, n), all[2].slices(0, n));
            backend.optimizer()
                    .lookahead(
                            new OptimizerOps.Averaging(of.of(new float[] {0.5f}, 1), number(1), null),
                            all[0].slices(0, n),
                            all[3].slices(0, n));
            for (int t = 0; t < 4; t++) {
                assertThat(Arrays.copyOfRange(backend.download(all[t]), n, 12))
                        .containsExactly(Arrays.copyOfRange(before[t], n, 12));
            }
        }
    }

    @Test
    void stateOfAnotherSizeIsRefused() {
        Tensor p = tensors.zeros(4);
        OptimizerOps.Step step = new OptimizerOps.Step(oneStep(), number(1), null, null);
        assertThatThrownBy(() -> backend.optimizer().adamW(ADAMW, step, 4, p, p, p, tensors.zeros(5)))
                .hasMessageContaining("adamw: v must have shape (4)");
        assertThatThrownBy(() -> backend.optimizer().adamW(ADAMW, step, 5, p, p, p, p))
                .hasMessage("adamw: the number of parameters that decay must be in 0..4, got 5");
    }
}
