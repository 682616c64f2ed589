package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
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

@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
class DropoutOpsContractTest {
    private static final int ELEMENTS = 5000;

    private final BackendUnderTest under;
    private final Backend backend;

    DropoutOpsContractTest(BackendUnderTest under) {
        this.under = under;
        backend = under.open();
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    /** What becomes of {@code elements} ones, in place. */
    private static float[] apply(Backend backend, int elements, float rate, long seed, int layer, int steps) {
        Tensor step = new DatasetTensors(backend).integers(steps);
        float[] ones = new float[elements];
        Arrays.fill(ones, 1f);
        Tensor x = new TestTensors(backend).of(ones, elements);
        backend.dropout().apply(rate, seed, layer, step, x, x);
        return backend.download(x);
    }

    /** Every draw of a block of four, the largest layer, seeds of more than 32 bits, negative ones. */
    @ParameterizedTest
    @CsvSource({
        "5, 0, 0",
        "5, 1, 17",
        "-1, 2, 2147483647",
        "5, 3, 17",
        "1311768467463790320, 4, 1",
        "-9223372036854775808, 16777215, 9"
    })
    void dropsExactlyWhereTheContractsDrawSays(long seed, int layer, int steps) {
        CounterRandom random = new CounterRandom(seed, Purpose.DROPOUT);
        float[] y = apply(backend, 700, 0.2f, seed, layer, steps);
        for (int i = 0; i < y.length; i++) {
            assertThat(y[i]).as("element %d", i).isEqualTo(random.uniform(steps, i, layer) < 0.2f ? 0f : 1.25f);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 255, 256, 257})
    void everyElementIsWrittenAndNoOther(int elements) {
        SequenceTensors tensors = new SequenceTensors(backend, 3);
        Tensor x = tensors.uniform(1, 2, elements + 1);
        Tensor y = new TestTensors(backend).unwritten(elements + 1);
        backend.dropout()
                .apply(
                        0.5f,
                        1,
                        0,
                        new DatasetTensors(backend).integers(0),
                        x.slices(0, elements),
                        y.slices(0, elements));
        float[] from = backend.download(x);
        float[] to = backend.download(y);
        for (int i = 0; i < elements; i++) {
            assertThat(to[i]).as("element %d", i).isIn(0f, from[i] * 2);
        }
        assertThat(to[elements]).isNaN();
    }

    @Test
    void keepsTheMean() {
        double sum = 0;
        for (float y : apply(backend, ELEMENTS, 0.3f, 1, 0, 0)) {
            sum += y;
        }
        // The mean of 5000 values has a standard deviation of sqrt(0.3 / 0.7 / 5000) = 0.009.
        assertThat(sum / ELEMENTS).isCloseTo(1, within(0.04));
    }

    @Test
    void seedLayerAndStepEachChangeTheMaskAndNothingElseDoes() {
        float[] base = apply(backend, ELEMENTS, 0.5f, 1, 0, 0);
        assertThat(apply(backend, ELEMENTS, 0.5f, 2, 0, 0)).isNotEqualTo(base);
        assertThat(apply(backend, ELEMENTS, 0.5f, 1, 1, 0)).isNotEqualTo(base);
        assertThat(apply(backend, ELEMENTS, 0.5f, 1, 0, 1)).isNotEqualTo(base);
        for (Supplier<Backend> variation : under.variations()) {
            try (Backend other = variation.get()) {
                assertThat(apply(other, ELEMENTS, 0.5f, 1, 0, 0)).containsExactly(base);
            }
        }
    }

    @Test
    void rateZeroChangesNothing() {
        assertThat(apply(backend, ELEMENTS, 0f, 1, 0, 0)).containsOnly(1f);
    }

    @Test
    void aRateOfOneIsRefused() {
        assertThatThrownBy(() -> apply(backend, 1, 1f, 1, 0, 0))
                .hasMessage("dropout: the rate must be in [0, 1), got 1.0");
    }
}
