package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

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

    /** Tokens of a size that it takes to cover an extent. */
    private static int tokens(int extent, int size) {
        return (extent + size - 1) / size;
    }

    /** Where a pixel goes: the index in (L, P), by the contract's words. */
    private static int place(Cut cut, int size, int height, int width, int channels, int row, int column, int c) {
        return switch (cut) {
            case ROWS -> row / size * (size * width * channels) + (row % size * width + column) * channels + c;
            case COLUMNS -> column / size * (size * height * channels) + (column % size * height + row) * channels + c;
            case PATCHES ->
                (row / size * tokens(width, size) + column / size) * (size * size * channels)
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

    /** Rests along one axis, the other and both; blocks of 1024 values, a few of them and a rest; tokens larger than the image. */
    @ParameterizedTest
    @CsvSource({
        "3, 5, 6, 2, 3",
        "2, 6, 5, 1, 3",
        "2, 28, 28, 1, 5",
        "3, 32, 30, 3, 7",
        "5, 3, 2, 3, 4",
        "2, 33, 64, 4, 8",
        "1, 1, 1, 1, 2"
    })
    void anImageThatTokensDoNotDivideIsContinuedWithZeros(int images, int height, int width, int channels, int size) {
        Tensor source = tensors.uniform(-1, 1, images, height, width, channels);
        float[] pixels = backend.download(source);
        int elements = height * width * channels;
        for (Cut cut : Cut.values()) {
            int down = tokens(height, size);
            int across = tokens(width, size);
            int length = (cut == Cut.COLUMNS ? 1 : down) * (cut == Cut.ROWS ? 1 : across);
            int area = size * (cut == Cut.ROWS ? width : cut == Cut.COLUMNS ? height : size);
            int values = length * area * channels;
            float[] expected = new float[images * values];
            float[] dTokens = tensors.numbers(-1, 1, expected.length);
            float[] dImages = new float[pixels.length];
            for (int i = 0; i < pixels.length; i++) {
                int pixel = i % elements / channels;
                int at = i / elements * values
                        + place(cut, size, height, width, channels, pixel / width, pixel % width, i % channels);
                expected[at] = pixels[i];
                dImages[i] = dTokens[at];
            }
            Tensor tokens = new TestTensors(backend).unwritten(images, length, area * channels);
            backend.patch().tokens(cut, size, source, tokens);
            assertThat(backend.download(tokens)).as("%s", cut).isEqualTo(expected);
            backend.upload(dTokens, tokens);
            Tensor back = new TestTensors(backend).unwritten(images, height, width, channels);
            backend.patch().tokensGradient(cut, size, tokens, back);
            assertThat(backend.download(back)).as("gradient of %s", cut).isEqualTo(dImages);
        }
    }

    @Test
    void tokensOfNoSizeAndTokensThatDoNotCoverTheImageAreRefused() {
        Tensor images = tensors.zeros(1, 5, 6, 1);
        assertThatThrownBy(() -> backend.patch().tokens(Cut.ROWS, 0, images, tensors.zeros(1, 2, 15)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("tokens: the size of a token must be at least 1 but is 0");
        assertThatThrownBy(() -> backend.patch().tokens(Cut.ROWS, 2, images, tensors.zeros(1, 2, 15)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tokens must have shape (1, 3, 12)");
    }

    @Test
    void aGridOfTwoRowsIsReadByItsColumns() {
        assertThat(reordered(2, 3, false)).containsExactly(0, 3, 1, 4, 2, 5);
        assertThat(reordered(2, 3, true)).containsExactly(5, 2, 4, 1, 3, 0);
        assertThat(reordered(1, 6, true)).containsExactly(5, 4, 3, 2, 1, 0);
    }

    /** Six tokens of one value, which is their number. */
    private float[] reordered(int rows, int columns, boolean reversed) {
        Tensor x = tensors.zeros(1, 6, 1);
        backend.upload(new float[] {0, 1, 2, 3, 4, 5}, x);
        Tensor y = tensors.unwritten(1, 6, 1);
        backend.patch().reorder(rows, columns, reversed, x, y);
        return backend.download(y);
    }

    /** One token, one row, one column; widths that are multiples of 4, and others; less than a block and several. */
    @ParameterizedTest
    @CsvSource({
        "1, 1, 1, 1",
        "2, 1, 7, 4",
        "2, 7, 1, 3",
        "3, 4, 7, 5",
        "2, 7, 4, 64",
        "5, 8, 8, 20",
        "2, 3, 5, 257",
        "130, 2, 3, 2"
    })
    void everyTokenComesFromItsPlaceAndTheGradientPutsItBack(int batch, int rows, int columns, int width) {
        int length = rows * columns;
        Tensor x = tensors.uniform(-1, 1, batch, length, width);
        float[] values = backend.download(x);
        for (boolean reversed : new boolean[] {false, true}) {
            float[] expected = new float[values.length];
            for (int i = 0; i < values.length; i++) {
                int l = i / width % length;
                int t = reversed ? length - 1 - l : l;
                int from = t % rows * columns + t / rows;
                expected[i] = values[(i / width / length * length + from) * width + i % width];
            }
            Tensor y = tensors.unwritten(batch, length, width);
            backend.patch().reorder(rows, columns, reversed, x, y);
            assertThat(backend.download(y)).isEqualTo(expected);
            Tensor back = tensors.unwritten(batch, length, width);
            backend.patch().reorder(columns, rows, reversed, y, back);
            assertThat(backend.download(back)).isEqualTo(values);
        }
    }

    /** The gradient of a linear map is its transpose: the sum of dy times the reordered x is that of x times dx. */
    @ParameterizedTest
    @CsvSource({"3, 4, false", "3, 4, true", "1, 12, true", "6, 2, true"})
    void theInverseOrderIsTheGradient(int rows, int columns, boolean reversed) {
        int length = rows * columns;
        Tensor y = tensors.unwritten(2, length, 4);
        Tensor dx = tensors.unwritten(2, length, 4);
        Tensor x = tensors.uniform(-1, 1, 2, length, 4);
        Tensor dy = tensors.uniform(-1, 1, 2, length, 4);
        backend.patch().reorder(rows, columns, reversed, x, y);
        backend.patch().reorder(columns, rows, reversed, dy, dx);
        // Terms are added in another order.
        assertThat(product(dy, y)).isCloseTo(product(x, dx), within(1e-12));
    }

    private double product(Tensor left, Tensor right) {
        double[] a = tensors.doubles(left);
        double[] b = tensors.doubles(right);
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    /** A view from an odd element on. */
    @Test
    void tokensThatBeginAtAnyElementAreReordered() {
        Tensor all = tensors.uniform(-1, 1, 29);
        Tensor target = tensors.unwritten(29);
        Tensor x = all.slices(1, 24).reshape(1, 6, 4);
        Tensor y = target.slices(3, 24).reshape(1, 6, 4);
        backend.patch().reorder(2, 3, false, x, y);
        float[] values = backend.download(all);
        float[] moved = backend.download(target);
        int[] order = {0, 3, 1, 4, 2, 5};
        for (int i = 0; i < 24; i++) {
            assertThat(moved[3 + i]).isEqualTo(values[1 + order[i / 4] * 4 + i % 4]);
        }
        assertThat(moved[2]).isNaN();
        assertThat(moved[27]).isNaN();
    }

    @Test
    void anotherNumberOfTokensAndAnOverlapAreRefused() {
        Tensor x = tensors.zeros(2, 6, 4);
        assertThatThrownBy(() -> backend.patch().reorder(2, 4, false, x, tensors.zeros(2, 6, 4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("reorder: x must have 2 * 4 tokens but is test (2, 6, 4) F32");
        assertThatThrownBy(() -> backend.patch().reorder(2, 3, false, x, x))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("reorder: y must not overlap x, which is test (2, 6, 4) F32");
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
