package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.ops.OptimizerOps.Averaging;
import io.mambapkd.ops.OptimizerOps.Group;
import io.mambapkd.ops.OptimizerOps.Sgd;
import io.mambapkd.ops.OptimizerOps.Step;
import io.mambapkd.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** SGD with its groups, and the average of the weights. */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
class DescentOpsContractTest {
    private static final float[] RATES = {0.01f, 0.5f, 0.02f, 0.25f};
    private static final double[] DECAYS = {0.01, 0, 0.125, 0.5};

    private final BackendUnderTest under;
    private final Backend backend;
    private final SequenceTensors tensors;
    private final TestTensors of;

    DescentOpsContractTest(BackendUnderTest under) {
        this.under = under;
        backend = under.open();
        tensors = new SequenceTensors(backend, 5);
        of = new TestTensors(backend);
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    private Tensor number(int value) {
        return new DatasetTensors(backend).integers(value);
    }

    private static Sgd sgd(int... ends) {
        Group[] groups = new Group[ends.length];
        for (int i = 0; i < ends.length; i++) {
            groups[i] = new Group(ends[i], DECAYS[i]);
        }
        return new Sgd(0.9, List.of(groups));
    }

    /** Four to a thread and 1024 to a block; borders of groups everywhere in a thread's four, and groups without parameters. */
    @ParameterizedTest
    @CsvSource({
        "1, 1, 1, 1, 1",
        "1, 0, 0, 0, 1",
        "4, 1, 2, 3, 4",
        "5, 0, 3, 3, 5",
        "7, 2, 2, 6, 7",
        "1023, 5, 1021, 1022, 1023",
        "1025, 1, 1024, 1025, 1025",
        "2500, 700, 1030, 1030, 2500"
    })
    void sgdMatchesTheFormula(int count, int first, int second, int third, int fourth) {
        int[] ends = {first, second, third, fourth};
        // All from the start of their memory, then one element behind: no access of 16 bytes is possible there.
        for (int skipped = 0; skipped < 2; skipped++) {
            Tensor p = tensors.uniform(-1, 1, count + 1).slices(skipped, count);
            Tensor g = tensors.uniform(-1, 1, count + 1).slices(skipped, count);
            Tensor b = tensors.uniform(-1, 1, count + 1).slices(skipped, count);
            double[] newP = tensors.doubles(p);
            double[] newB = tensors.doubles(b);
            double[] gradients = tensors.doubles(g);
            float factor = skipped == 0 ? 0.375f : 1;
            for (int i = 0; i < count; i++) {
                int group = 0;
                while (i >= ends[group]) {
                    group++;
                }
                double decayed = factor * gradients[i] + DECAYS[group] * newP[i];
                newB[i] = 0.9 * newB[i] + decayed;
                newP[i] -= RATES[group] * (decayed + 0.9 * newB[i]);
            }
            Tensor clip = skipped == 0 ? of.of(new float[] {factor}, 1) : null;
            Step step = new Step(of.of(RATES, 1, 4), number(1), clip, null);
            backend.optimizer().sgd(sgd(ends), step, p, g, b);
            GradientCheck.close("buffer", backend.download(b), newB, 3e-7);
            GradientCheck.close("p", backend.download(p), newP, 4e-7);
            GradientCheck.close("g", backend.download(g), gradients, 0);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void everyStepHasItsRowOfRates(int step) {
        Tensor schedule = of.of(new float[] {0.5f, 1, 7, 7, 0.25f, 2, 7, 7, 0.125f, 4, 7, 7}, 3, 4);
        Sgd plain = new Sgd(0, List.of(new Group(1, 0), new Group(2, 0)));
        Tensor p = of.of(new float[] {8, 8}, 2);
        backend.optimizer()
                .sgd(
                        plain,
                        new Step(schedule, number(step), null, null),
                        p,
                        of.of(new float[] {1, 1}, 2),
                        tensors.zeros(2));
        assertThat(backend.download(p)).containsExactly(8 - 1f / (1 << step), 8 - (1 << step - 1));
    }

    /** What happened before the first step and after the last is not there, although rows around the schedule are. */
    @ParameterizedTest
    @ValueSource(ints = {0, 3, -5})
    void aStepThatIsNotPlannedIsNamedOrGivesNaN(int number) {
        Tensor around = of.of(new float[16], 4, 4);
        Step unplanned = new Step(around.slices(1, 2), number(number), null, null);
        Averaging average = new Averaging(of.of(new float[8], 8).slices(1, 2), number(number), null);
        Tensor p = tensors.uniform(1, 2, 5);
        Tensor q = tensors.uniform(1, 2, 5);
        Runnable update =
                () -> backend.optimizer().sgd(sgd(2, 5), unplanned, p, tensors.uniform(1, 2, 5), tensors.zeros(5));
        Runnable averaging = () -> backend.optimizer().lookahead(average, q, tensors.zeros(5));
        if (under.computesOnCpu()) {
            assertThatThrownBy(update::run).hasMessage("sgd: step " + number + " is outside 1..2, its schedule");
            assertThatThrownBy(averaging::run)
                    .hasMessage("lookahead: step " + number + " is outside 1..2, its schedule");
        } else {
            update.run();
            averaging.run();
            assertThat(backend.download(p)).containsOnly(Float.NaN);
            assertThat(backend.download(q)).containsOnly(Float.NaN);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 7})
    void nothingIsUpdatedOnceItIsHalted(int halted) {
        Tensor p = tensors.uniform(1, 2, 1100);
        Tensor b = tensors.uniform(1, 2, 1100);
        Tensor q = tensors.uniform(1, 2, 1100);
        Tensor average = tensors.uniform(3, 4, 1100);
        Tensor[] all = {p, b, q, average};
        float[][] before = new float[all.length][];
        for (int t = 0; t < all.length; t++) {
            before[t] = backend.download(all[t]);
        }
        Step step = new Step(of.of(RATES, 1, 4), number(1), null, number(halted));
        backend.optimizer().sgd(sgd(1000, 1100), step, p, tensors.uniform(1, 2, 1100), b);
        Averaging averaging = new Averaging(of.of(new float[] {0.5f}, 1), number(1), number(halted));
        backend.optimizer().lookahead(averaging, q, average);
        for (int t = 0; t < all.length; t++) {
            float[] after = backend.download(all[t]);
            for (int i = 0; i < 1100; i++) {
                assertThat(after[i] == before[t][i])
                        .as("tensor %d, element %d", t, i)
                        .isEqualTo(halted >= 0);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4, 5, 1023, 1024, 1025, 2500})
    void theAverageTakesThePlaceOfTheParameters(int count) {
        for (int skipped = 0; skipped < 2; skipped++) {
            Tensor p = tensors.uniform(-1, 1, count + 1).slices(skipped, count);
            Tensor a = tensors.uniform(-1, 1, count + 1).slices(skipped, count);
            double[] expected = tensors.doubles(a);
            double[] parameters = tensors.doubles(p);
            for (int i = 0; i < count; i++) {
                expected[i] += 0.375 * (parameters[i] - expected[i]);
            }
            Averaging step = new Averaging(of.of(new float[] {9, 0.375f}, 2), number(2), null);
            backend.optimizer().lookahead(step, p, a);
            GradientCheck.close("p", backend.download(p), expected, 2e-7);
            assertThat(backend.download(a)).containsExactly(backend.download(p));
        }
    }

    @Test
    void aStepWithoutAnAverageLeavesBothAlone() {
        Tensor p = tensors.uniform(-1, 1, 9);
        Tensor a = tensors.uniform(-1, 1, 9);
        float[] parameters = backend.download(p);
        float[] average = backend.download(a);
        backend.optimizer().lookahead(new Averaging(of.of(new float[] {-1}, 1), number(1), null), p, a);
        assertThat(backend.download(p)).containsExactly(parameters);
        assertThat(backend.download(a)).containsExactly(average);
    }

    @Test
    void groupsThatDoNotCoverTheParametersAreRefused() {
        Tensor p = tensors.zeros(4);
        Step step = new Step(of.of(RATES, 1, 4), number(1), null, null);
        for (Sgd wrong : List.of(sgd(3), sgd(5), sgd(3, 2, 4), new Sgd(0.9, List.of()), sgd(1, 2, 3, 3))) {
            assertThatThrownBy(() -> backend.optimizer().sgd(wrong, step, p, p, p))
                    .hasMessageContaining("sgd: 1 to 4 groups must end in order, the last at 4, got ends at [");
        }
    }
}
