package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.tensor.Tensor;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
class OptimizerOpsContractTest {
    private static final OptimizerOps.AdamW ADAMW = new OptimizerOps.AdamW(0.9, 0.999, 1e-8, 0.05);
    private static final OptimizerOps.Sgd SGD = new OptimizerOps.Sgd(0.9, 0.01);
    private static final float RATE = 0.01f;
    private static final float CORRECTION_1 = 0.271f;
    private static final float CORRECTION_2 = 0.002997f;

    private final BackendUnderTest under;
    private final Backend backend;
    private final SequenceTensors tensors;

    OptimizerOpsContractTest(BackendUnderTest under) {
        this.under = under;
        backend = under.open();
        tensors = new SequenceTensors(backend, 5);
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    /** Four to a thread and 1024 to a block, where the last ones may be fewer. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4, 5, 1023, 1024, 1025, 2500})
    void adamWMatchesTheFormula(int count) {
        // All from the start of their memory, then one element behind: no access of 16 bytes is possible there.
        for (int skipped = 0; skipped < 2; skipped++) {
            Tensor p = tensors.uniform(-1, 1, count + 1).slices(skipped, count);
            Tensor g = tensors.uniform(-1, 1, count + 1).slices(skipped, count);
            Tensor m = tensors.uniform(-1, 1, count + 1).slices(skipped, count);
            Tensor v = tensors.uniform(0, 1, count + 1).slices(skipped, count);
            Tensor schedule = new TestTensors(backend).of(new float[] {RATE, CORRECTION_1, CORRECTION_2}, 3);
            double[] newP = tensors.doubles(p);
            double[] newM = tensors.doubles(m);
            double[] newV = tensors.doubles(v);
            double[] gradients = tensors.doubles(g);
            for (int i = 0; i < count; i++) {
                newM[i] = 0.9 * newM[i] + 0.1 * gradients[i];
                newV[i] = 0.999 * newV[i] + 0.001 * gradients[i] * gradients[i];
                newP[i] = newP[i] * (1 - RATE * 0.05)
                        - RATE / CORRECTION_1 * newM[i] / (Math.sqrt(newV[i] / CORRECTION_2) + 1e-8);
            }
            backend.optimizer().adamW(ADAMW, schedule, null, p, g, m, v);
            GradientCheck.close("m", backend.download(m), newM, 3e-7);
            GradientCheck.close("v", backend.download(v), newV, 3e-7);
            GradientCheck.close("p", backend.download(p), newP, 1e-6);
            GradientCheck.close("g", backend.download(g), gradients, 0);
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
        Tensor schedule = new TestTensors(backend).of(new float[] {RATE, CORRECTION_1, CORRECTION_2}, 3);
        float[][] before = {backend.download(all[0]), backend.download(all[2]), backend.download(all[3])};
        backend.optimizer()
                .adamW(ADAMW, schedule, new DatasetTensors(backend).integers(halted), all[0], all[1], all[2], all[3]);
        float[][] after = {backend.download(all[0]), backend.download(all[2]), backend.download(all[3])};
        for (int t = 0; t < 3; t++) {
            for (int i = 0; i < 1100; i++) {
                assertThat(after[t][i] == before[t][i])
                        .as("tensor %d, element %d", t, i)
                        .isEqualTo(halted >= 0);
            }
        }
    }

    /** A journal of three rows that is written round and round; the first bad step is remembered, the later ones are not. */
    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void stepsAreRecordedAndTheFirstThatIsNotFiniteHalts(float bad) {
        TestTensors of = new TestTensors(backend);
        for (int badColumn = 0; badColumn < 2; badColumn++) {
            Tensor journal = of.unwritten(3, 3);
            Tensor step = new DatasetTensors(backend).integers(0);
            Tensor halted = new DatasetTensors(backend).integers(-1);
            for (int k = 0; k < 5; k++) {
                float loss = badColumn == 0 && (k == 2 || k == 4) ? bad : 10 + k;
                float norm = badColumn == 1 && (k == 2 || k == 4) ? bad : 20 + k;
                // The second statistic may be what it likes.
                Tensor statistics = of.of(new float[] {loss, Float.NaN}, 2);
                backend.optimizer().record(statistics, of.of(new float[] {norm}, 1), step, halted, journal);
                assertThat(haltedAt(halted)).as("after step %d", k).isEqualTo(k < 2 ? -1 : 2);
            }
            float[] rows = backend.download(journal);
            assertThat(rows[3 * 0]).isEqualTo(13f);
            assertThat(rows[3 * 0 + 1]).isNaN();
            assertThat(rows[3 * 0 + 2]).isEqualTo(23f);
            assertThat(Float.compare(rows[3 * 1 + badColumn * 2], bad)).isZero();
            assertThat(Float.compare(rows[3 * 2 + badColumn * 2], bad)).isZero();
            assertThat(rows[3 * 2 + 2 - badColumn * 2]).isEqualTo(badColumn == 0 ? 22f : 12f);
            // A table's row tells the integer: the five steps were counted.
            assertThat(picked(step, 8)).isEqualTo(5);
        }
    }

    private int haltedAt(Tensor halted) {
        // Nothing is updated once it is not negative, and which step it was picks a row of a table.
        Tensor p = new TestTensors(backend).of(new float[] {1}, 1);
        Tensor schedule = new TestTensors(backend).of(new float[] {RATE, CORRECTION_1, CORRECTION_2}, 3);
        Tensor one = new TestTensors(backend).of(new float[] {1}, 1);
        backend.optimizer().adamW(ADAMW, schedule, halted, p, one, tensors.zeros(1), tensors.zeros(1));
        return backend.download(p)[0] == 1 ? picked(halted, 8) : -1;
    }

    /** The value of an integer in 0..count-1 on the device. */
    private int picked(Tensor integer, int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = i;
        }
        Tensor target = new TestTensors(backend).unwritten(1, 1);
        backend.imagePipeline().rows(new TestTensors(backend).of(numbers, 1, count, 1), null, integer, target);
        return (int) backend.download(target)[0];
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4, 5, 1023, 1024, 1025, 2500})
    void sgdMatchesTheFormula(int count) {
        for (int skipped = 0; skipped < 2; skipped++) {
            Tensor p = tensors.uniform(-1, 1, count + 1).slices(skipped, count);
            Tensor g = tensors.uniform(-1, 1, count + 1).slices(skipped, count);
            Tensor b = tensors.uniform(-1, 1, count + 1).slices(skipped, count);
            Tensor schedule = new TestTensors(backend).of(new float[] {RATE, Float.NaN, Float.NaN}, 3);
            double[] newP = tensors.doubles(p);
            double[] newB = tensors.doubles(b);
            double[] gradients = tensors.doubles(g);
            for (int i = 0; i < count; i++) {
                double decayed = gradients[i] + 0.01 * newP[i];
                newB[i] = 0.9 * newB[i] + decayed;
                newP[i] -= RATE * (decayed + 0.9 * newB[i]);
            }
            backend.optimizer().sgd(SGD, schedule, p, g, b);
            GradientCheck.close("buffer", backend.download(b), newB, 3e-7);
            GradientCheck.close("p", backend.download(p), newP, 3e-7);
            GradientCheck.close("g", backend.download(g), gradients, 0);
        }
    }

    @Test
    void parametersBehindTheLastAreLeftAlone() {
        Tensor[] all = {
            tensors.uniform(1, 2, 12), tensors.uniform(1, 2, 12), tensors.uniform(1, 2, 12), tensors.uniform(1, 2, 12)
        };
        Tensor schedule = new TestTensors(backend).of(new float[] {RATE, CORRECTION_1, CORRECTION_2}, 3);
        for (int count = 5; count <= 8; count++) {
            float[][] before = new float[4][];
            for (int t = 0; t < 4; t++) {
                before[t] = backend.download(all[t]);
            }
            int n = count;
            backend.optimizer()
                    .adamW(
                            ADAMW,
                            schedule,
                            null,
                            all[0].slices(0, n),
                            all[1].slices(0, n),
                            all[2].slices(0, n),
                            all[3].slices(0, n));
            backend.optimizer().sgd(SGD, schedule, all[0].slices(0, n), all[1].slices(0, n), all[2].slices(0, n));
            for (int t = 0; t < 4; t++) {
                assertThat(java.util.Arrays.copyOfRange(backend.download(all[t]), n, 12))
                        .containsExactly(java.util.Arrays.copyOfRange(before[t], n, 12));
            }
        }
    }

    /** A slice of the sum has 4096 gradients. */
    @ParameterizedTest
    @ValueSource(ints = {1, 255, 256, 257, 4095, 4096, 4097, 20_000})
    void gradientsAreScaledToTheLargestNorm(int count) {
        Tensor g = tensors.uniform(-1, 1, count);
        Tensor norm = new TestTensors(backend).unwritten(1);
        double[] gradients = tensors.doubles(g);
        double squares = 0;
        for (double value : gradients) {
            squares += value * value;
        }
        double expected = Math.sqrt(squares);
        double maximum = expected / 3;
        for (int i = 0; i < count; i++) {
            gradients[i] *= maximum / (expected + 1e-6);
        }
        backend.optimizer().clipByGlobalNorm(maximum, g, norm);
        assertThat((double) backend.download(norm)[0]).isCloseTo(expected, within(1e-6 * expected));
        GradientCheck.close("gradients", backend.download(g), gradients, 3e-7);
    }

    @Test
    void gradientsWithinTheLimitKeepTheirBits() {
        Tensor g = tensors.uniform(-1, 1, 5000);
        Tensor norm = new TestTensors(backend).unwritten(1);
        float[] before = backend.download(g);
        backend.optimizer().clipByGlobalNorm(1e3, g, norm);
        assertThat(backend.download(g)).containsExactly(before);
        backend.optimizer().clipByGlobalNorm(Double.POSITIVE_INFINITY, g, norm);
        assertThat(backend.download(g)).containsExactly(before);
    }

    @Test
    void aNormBeyondTheSquareRootOfTheLargestFloatIsRight() {
        Tensor g = new TestTensors(backend).of(new float[] {3e30f, -4e30f}, 2);
        Tensor norm = new TestTensors(backend).unwritten(1);
        backend.optimizer().clipByGlobalNorm(1, g, norm);
        assertThat(backend.download(norm)[0]).isEqualTo(5e30f);
        assertThat(backend.download(g)).containsExactly(new float[] {0.6f, -0.8f}, within(1e-6f));
    }

    @Test
    void aNormThatIsNotANumberIsReportedAndClipsNothing() {
        Tensor g = new TestTensors(backend).of(new float[] {1, Float.NaN}, 2);
        Tensor norm = tensors.zeros(1);
        backend.optimizer().clipByGlobalNorm(0.5, g, norm);
        assertThat(backend.download(norm)[0]).isNaN();
        assertThat(backend.download(g)[0]).isEqualTo(1f);
    }

    @Test
    void allVariationsGiveTheSameBits() {
        float[] first = null;
        for (Supplier<Backend> variation : under.variations()) {
            try (Backend other = variation.get()) {
                SequenceTensors same = new SequenceTensors(other, 9);
                Tensor g = same.uniform(-1, 1, 9000);
                other.optimizer().clipByGlobalNorm(1, g, same.zeros(1));
                float[] clipped = other.download(g);
                assertThat(first == null ? clipped : first).containsExactly(clipped);
                first = clipped;
            }
        }
    }

    @Test
    void stateOfAnotherSizeIsRefused() {
        Tensor p = tensors.zeros(4);
        Tensor schedule = tensors.zeros(3);
        assertThatThrownBy(() -> backend.optimizer().adamW(ADAMW, schedule, null, p, p, p, tensors.zeros(5)))
                .hasMessageContaining("adamw: v must have shape (4)");
        assertThatThrownBy(() -> backend.optimizer().clipByGlobalNorm(0, p, tensors.zeros(1)))
                .hasMessage("clip: the largest norm must be above 0, got 0.0");
    }
}
