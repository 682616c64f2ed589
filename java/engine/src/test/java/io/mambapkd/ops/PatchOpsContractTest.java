package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.ops.PatchOps.Cut;
import io.mambapkd.tensor.Tensor;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
class PatchOpsContractTest {
    private final BackendUnderTest under;
    private final Backend backend;
    private final SequenceTensors tensors;

    PatchOpsContractTest(BackendUnderTest under) {
        this.under = under;
        backend = under.open();
        tensors = new SequenceTensors(backend, 1);
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    /** Where a pixel goes: the index in (L, P), by the contract's words. */
    private static int place(Cut cut, int size, int height, int width, int channels, int row, int column, int c) {
        return switch (cut) {
            case ROWS -> row / size * (size * width * channels) + (row % size * width + column) * channels + c;
            case COLUMNS -> column / size * (size * height * channels) + (column % size * height + row) * channels + c;
            case PATCHES ->
                (row / size * (width / size) + column / size) * (size * size * channels)
                        + (row % size * size + column % size) * channels
                        + c;
        };
    }

    /** Less than a block of 1024 values, more than one, a single pixel, images of other lengths than a block's. */
    @ParameterizedTest
    @CsvSource({
        "3, 4, 6, 2, 2",
        "1, 1, 1, 1, 1",
        "5, 28, 28, 1, 4",
        "2, 32, 32, 3, 8",
        "7, 9, 15, 3, 3",
        "17, 8, 8, 1, 1"
    })
    void everyCutPutsPixelsInTheDocumentedOrderAndTheGradientPutsThemBack(
            int images, int height, int width, int channels, int size) {
        Tensor source = tensors.uniform(-1, 1, images, height, width, channels);
        float[] pixels = backend.download(source);
        int elements = height * width * channels;
        for (Cut cut : Cut.values()) {
            int length = (cut == Cut.COLUMNS ? 1 : height / size) * (cut == Cut.ROWS ? 1 : width / size);
            Tensor tokens = new TestTensors(backend).unwritten(images, length, elements / length);
            backend.patch().tokens(cut, size, source, tokens);
            float[] values = backend.download(tokens);
            for (int b = 0; b < images; b++) {
                for (int row = 0; row < height; row++) {
                    for (int column = 0; column < width; column++) {
                        for (int c = 0; c < channels; c++) {
                            assertThat(values[b * elements + place(cut, size, height, width, channels, row, column, c)])
                                    .isEqualTo(pixels[b * elements + (row * width + column) * channels + c]);
                        }
                    }
                }
            }
            Tensor back = new TestTensors(backend).unwritten(images, height, width, channels);
            backend.patch().tokensGradient(cut, size, tokens, back);
            assertThat(backend.download(back)).isEqualTo(pixels);
        }
    }

    @Test
    void tokensThatDoNotDivideTheImageAreRefused() {
        Tensor images = tensors.zeros(1, 5, 6, 1);
        assertThatThrownBy(() -> backend.patch().tokens(Cut.ROWS, 2, images, tensors.zeros(1, 2, 15)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("do not divide");
    }

    /** One row and many, one slice of 32 rows and more, sizes about a block of 256. */
    @ParameterizedTest
    @CsvSource({"1, 1, 1", "3, 4, 5", "8, 15, 17", "9, 16, 16", "33, 1, 257", "257, 2, 3"})
    void positionsAreAddedToEverySampleAndTheirGradientIsTheSumOverSamples(int batch, int length, int width) {
        Tensor x = tensors.uniform(-1, 1, batch, length, width);
        Tensor position = tensors.uniform(-1, 1, length, width);
        Tensor gradient = tensors.uniform(-1, 1, length, width);
        double[] expected = tensors.doubles(x);
        double[] positions = tensors.doubles(position);
        double[] sums = tensors.doubles(gradient);
        int size = length * width;
        for (int i = 0; i < expected.length; i++) {
            sums[i % size] += expected[i];
            expected[i] += positions[i % size];
        }
        backend.patch().positionGradient(x, gradient);
        backend.patch().addPosition(x, position);
        GradientCheck.close("x", backend.download(x), expected, 1e-7);
        // At most 257 values below 1 are added one after the other, each rounded by 2^-24 of a sum that is about 10.
        GradientCheck.close("dPosition", backend.download(gradient), sums, 2e-6);
    }

    /**
     * Partial sums of 32 samples each: fewer and more than the strands that add them, and than what a thread has on its way; few columns, and more than 2048. Sums of
     * whole numbers are exact in any order.
     */
    @ParameterizedTest
    @CsvSource({"2048, 3, 3", "2081, 1, 7", "16389, 1, 1", "33000, 1, 2", "70, 1, 2048", "70, 3, 683", "545, 1, 2049"})
    void thePositionGradientOfManySamplesIsTheSumOfAll(int batch, int length, int width) {
        int size = length * width;
        float[] values = TestTensors.random(1, batch * size);
        float[] sums = new float[size];
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.round(3 * values[i]);
            sums[i % size] += values[i];
        }
        TestTensors of = new TestTensors(backend);
        Tensor gradient = of.of(new float[size], length, width);
        backend.patch().positionGradient(of.of(values, batch, length, width), gradient);
        assertThat(backend.download(gradient)).containsExactly(sums);
    }

    @Test
    void valuesBehindTheLastAreLeftAlone() {
        Tensor x = tensors.uniform(1, 2, 4, 3, 5);
        float[] before = backend.download(x);
        backend.patch().addPosition(x.slices(0, 3), tensors.uniform(1, 2, 3, 5));
        assertThat(java.util.Arrays.copyOfRange(backend.download(x), 45, 60))
                .containsExactly(java.util.Arrays.copyOfRange(before, 45, 60));
    }

    @Test
    void allVariationsGiveTheSameBits() {
        float[] first = null;
        for (Supplier<Backend> variation : under.variations()) {
            try (Backend other = variation.get()) {
                SequenceTensors same = new SequenceTensors(other, 9);
                Tensor gradient = same.zeros(7, 9);
                other.patch().positionGradient(same.uniform(-1, 1, 100, 7, 9), gradient);
                float[] sums = other.download(gradient);
                assertThat(first == null ? sums : first).containsExactly(sums);
                first = sums;
            }
        }
    }
}
