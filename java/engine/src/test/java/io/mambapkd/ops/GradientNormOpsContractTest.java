package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.tensor.Tensor;
import java.util.Arrays;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The norm of all gradients, the factor that clips them, and the books of a step. */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
class GradientNormOpsContractTest {
    private final BackendUnderTest under;
    private final Backend backend;
    private final SequenceTensors tensors;
    private final TestTensors of;

    GradientNormOpsContractTest(BackendUnderTest under) {
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

    /** A journal of three rows that is written round and round; the first bad step is remembered, the later ones are not. */
    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void stepsAreRecordedAndTheFirstThatIsNotFiniteHalts(float bad) {
        for (int badColumn = 0; badColumn < 2; badColumn++) {
            OptimizerOps.Books books =
                    new OptimizerOps.Books(of.unwritten(2), number(0), number(-1), of.unwritten(3, 3));
            for (int k = 0; k < 5; k++) {
                float loss = badColumn == 0 && (k == 2 || k == 4) ? bad : 10 + k;
                float gradient = badColumn == 1 && (k == 2 || k == 4) ? bad : 20 + k;
                // The second statistic may be what it likes.
                backend.upload(new float[] {loss, Float.NaN}, books.statistics());
                Tensor g = of.of(new float[] {0, -gradient, 0}, 3);
                backend.optimizer().gradientNorm(1, g, of.unwritten(1), of.unwritten(1), books);
                assertThat(backend.downloadIntegers(books.halted()))
                        .as("after step %d", k)
                        .containsExactly(k < 2 ? -1 : 2);
                assertThat(backend.downloadIntegers(books.step())).containsExactly(k + 1);
            }
            float[] rows = backend.download(books.journal());
            assertThat(rows[3 * 0]).isEqualTo(13f);
            assertThat(rows[3 * 0 + 1]).isNaN();
            assertThat(rows[3 * 0 + 2]).isEqualTo(23f);
            // A norm is never negative.
            float seen = badColumn == 1 ? Math.abs(bad) : bad;
            assertThat(Float.compare(rows[3 * 1 + badColumn * 2], seen)).isZero();
            assertThat(Float.compare(rows[3 * 2 + badColumn * 2], seen)).isZero();
            assertThat(rows[3 * 2 + 2 - badColumn * 2]).isEqualTo(badColumn == 0 ? 22f : 12f);
        }
    }

    /** More statistics than a block has threads. */
    @ParameterizedTest
    @ValueSource(ints = {1, 255, 256, 257, 600})
    void allStatisticsAreInTheJournal(int count) {
        float[] statistics = TestTensors.random(6, count);
        OptimizerOps.Books books =
                new OptimizerOps.Books(of.of(statistics, count), number(3), number(-1), of.unwritten(2, count + 1));
        backend.optimizer().gradientNorm(1, of.of(new float[] {3, 4}, 2), of.unwritten(1), of.unwritten(1), books);
        float[] rows = backend.download(books.journal());
        assertThat(Arrays.copyOfRange(rows, count + 1, 2 * count + 1)).containsExactly(statistics);
        assertThat(rows[2 * count + 1]).isEqualTo(5f);
    }

    /** Four to a thread, 1024 to a slice, and 2048 where there would be more than 1024 slices; also from an address that no access of 16 bytes takes. */
    @ParameterizedTest
    @CsvSource({
        "1, 0",
        "3, 1",
        "4, 0",
        "5, 0",
        "255, 1",
        "1023, 0",
        "1024, 0",
        "1025, 0",
        "1026, 1",
        "20000, 0",
        "1048579, 0",
        "1048577, 1"
    })
    void theFactorScalesGradientsToTheLargestNorm(int count, int skipped) {
        Tensor g = tensors.uniform(-1, 1, count + skipped).slices(skipped, count);
        Tensor norm = of.unwritten(1);
        Tensor factor = of.unwritten(1);
        float[] before = backend.download(g);
        double squares = 0;
        for (double value : before) {
            squares += value * value;
        }
        double expected = Math.sqrt(squares);
        backend.optimizer().gradientNorm(expected / 3, g, norm, factor, null);
        assertThat((double) backend.download(norm)[0]).isCloseTo(expected, within(1e-6 * expected));
        double clip = expected / 3 / (expected + 1e-6);
        assertThat((double) backend.download(factor)[0]).isCloseTo(clip, within(1e-6 * clip));
        // Not compared by AssertJ, which takes minutes for a million.
        assertThat(Arrays.equals(backend.download(g), before)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(doubles = {2.5, 1e3, Double.POSITIVE_INFINITY})
    void aNormWithinTheLimitHasTheFactorOne(double maximum) {
        Tensor factor = of.unwritten(1);
        backend.optimizer().gradientNorm(maximum, of.of(new float[] {1.5f, -2}, 2), of.unwritten(1), factor, null);
        assertThat(backend.download(factor)[0] == 1).isEqualTo(maximum > 2.5);
    }

    @Test
    void aNormBeyondTheSquareRootOfTheLargestFloatIsRight() {
        Tensor norm = of.unwritten(1);
        Tensor factor = of.unwritten(1);
        backend.optimizer().gradientNorm(1, of.of(new float[] {3e30f, -4e30f}, 2), norm, factor, null);
        assertThat(backend.download(norm)[0]).isEqualTo(5e30f);
        assertThat(backend.download(factor)[0]).isCloseTo(2e-31f, within(1e-37f));
    }

    @Test
    void aNormThatIsNotANumberIsReportedAndClipsNothing() {
        Tensor norm = of.unwritten(1);
        Tensor factor = of.unwritten(1);
        backend.optimizer().gradientNorm(0.5, of.of(new float[] {1, Float.NaN}, 2), norm, factor, null);
        assertThat(backend.download(norm)[0]).isNaN();
        assertThat(backend.download(factor)[0]).isEqualTo(1f);
    }

    @Test
    void allVariationsGiveTheSameBits() {
        float[] first = null;
        for (Supplier<Backend> variation : under.variations()) {
            try (Backend other = variation.get()) {
                SequenceTensors same = new SequenceTensors(other, 9);
                Tensor factor = same.zeros(1);
                other.optimizer().gradientNorm(1, same.uniform(-1, 1, 9000), same.zeros(1), factor, null);
                float[] clip = other.download(factor);
                assertThat(first == null ? clip : first).containsExactly(clip);
                first = clip;
            }
        }
    }

    @Test
    void aLargestNormOfZeroIsRefused() {
        Tensor g = tensors.zeros(4);
        assertThatThrownBy(() -> backend.optimizer().gradientNorm(0, g, tensors.zeros(1), tensors.zeros(1), null))
                .hasMessage("gradient_norm: the largest norm must be above 0, got 0.0");
    }
}
