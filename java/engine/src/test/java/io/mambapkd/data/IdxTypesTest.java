package io.mambapkd.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.tensor.ImageShape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** IDX files of other element types, axes and byte orders than MNIST's. */
class IdxTypesTest {
    private static final ByteOrder BIG = ByteOrder.BIG_ENDIAN;

    @TempDir
    Path folder;

    private IdxFile file(byte[] content) throws IOException {
        return IdxFile.at(Files.write(folder.resolve("file"), content));
    }

    /** Type codes of the format's description. */
    private static byte[] typed(int type, ByteOrder order, int[] extents, double... values) {
        ByteBuffer bytes =
                ByteBuffer.allocate(4 + 4 * extents.length + 8 * values.length).order(order);
        bytes.putInt(type << 8 | extents.length);
        for (int extent : extents) {
            bytes.putInt(extent);
        }
        for (double value : values) {
            switch (type) {
                case 0x08, 0x09 -> bytes.put((byte) value);
                case 0x0B -> bytes.putShort((short) value);
                case 0x0C -> bytes.putInt((int) value);
                case 0x0D -> bytes.putFloat((float) value);
                default -> bytes.putDouble(value);
            }
        }
        return java.util.Arrays.copyOf(bytes.array(), bytes.position());
    }

    @ParameterizedTest
    @ValueSource(ints = {0x08, 0x09, 0x0B, 0x0C, 0x0D, 0x0E})
    void wholePixelsOfEveryTypeAreRead(int type) throws IOException {
        byte[] content = typed(type, BIG, new int[] {2, 1, 3}, 0, 1, 127, 100, 7, 9);

        for (byte[] written : new byte[][] {content, IdxBytes.gzip(content)}) {
            IdxArray images = IdxReader.images(file(written));
            assertThat(images.values()).containsExactly(0, 1, 127, 100, 7, 9);
            assertThat(images.notes()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0x0B, 0x0C, 0x0D, 0x0E})
    void whiteIsReadFromWiderTypes(int type) throws IOException {
        assertThat(IdxReader.images(file(typed(type, BIG, new int[] {1, 1, 2}, 255, 128)))
                        .values())
                .containsExactly((byte) 255, (byte) 128);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x0D, 0x0E})
    void sharesAreScaledAndANoteSaysSo(int type) throws IOException {
        IdxArray images = IdxReader.images(file(typed(type, BIG, new int[] {1, 2, 2}, 0, 1, 0.5, 0.2)));

        assertThat(images.values()).containsExactly((byte) 0, (byte) 255, (byte) 128, (byte) 51);
        assertThat(images.notes()).singleElement().asString().contains("from 0 to 1, which are multiplied by 255");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            9  | -128 | 127     | signed bytes from -128 to 127
            11 | 0    | 256     | 16-bit integers from 0 to 256
            12 | -1   | 255     | 32-bit integers from -1 to 255
            13 | -1   | 1       | floats from -1 to 1
            13 | 0    | 254.5   | floats from 0 to 254.5
            14 | 0    | 1.5     | doubles from 0 to 1.5
            14 | 0    | NaN     | doubles that are not all finite numbers
            14 | 0    | Infinity | doubles that are not all finite numbers
            """)
    void valuesThatAreNoPixelsAreRefusedWithTheirRange(int type, double first, double second, String found)
            throws IOException {
        IdxFile file = file(typed(type, BIG, new int[] {1, 1, 2}, first, second));

        assertThatThrownBy(() -> IdxReader.images(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("expected an IDX file of images, got " + found + ", at")
                .hasMessageContaining("; write whole numbers from 0 to 255");
    }

    @Test
    void truncatedAndTrailingWiderValuesAreRefused() throws IOException {
        byte[] whole = typed(0x0D, BIG, new int[] {1, 1, 2}, 0, 1);
        for (int length = 16; length < whole.length; length++) {
            IdxFile file = file(IdxBytes.gzip(java.util.Arrays.copyOf(whole, length)));
            assertThatThrownBy(() -> IdxReader.images(file)).isInstanceOf(InputException.class);
        }
        IdxFile longer = file(IdxBytes.gzip(java.util.Arrays.copyOf(whole, whole.length + 1)));
        assertThatThrownBy(() -> IdxReader.images(longer)).hasMessageContaining("more bytes than the 8");
    }

    @ParameterizedTest
    @CsvSource({"4;2;3;1, 2x3x1", "4;2;2;3, 2x2x3", "4;1;2;5, 2x5x1", "4;9, 3x3x1", "4;2;3, 2x3x1"})
    void axesAreUnderstood(String extents, String shape) throws IOException {
        int[] axes = java.util.Arrays.stream(extents.split(";"))
                .mapToInt(Integer::parseInt)
                .toArray();
        int values = java.util.Arrays.stream(axes).reduce(1, (a, b) -> a * b);

        IdxArray images = IdxReader.images(file(IdxBytes.file(0x800 | axes.length, axes, IdxBytes.ramp(values))));

        assertThat(images.shape()).hasToString(shape);
        assertThat(images.count()).isEqualTo(4);
        assertThat(images.values()).containsExactly(IdxBytes.ramp(values));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            4;8     | one with two axes, 4 images of 8 values, which is no square
            4;3;2;2 | one with four axes, 4 images of 3x2x2
            4;2;2;4 | one with four axes, 4 images of 2x2x4
            """)
    void axesThatMayMeanAnythingAreRefused(String extents, String sentence) throws IOException {
        int[] axes = java.util.Arrays.stream(extents.split(";"))
                .mapToInt(Integer::parseInt)
                .toArray();
        int values = java.util.Arrays.stream(axes).reduce(1, (a, b) -> a * b);
        IdxFile file = file(IdxBytes.file(0x800 | axes.length, axes, IdxBytes.ramp(values)));

        assertThatThrownBy(() -> IdxReader.images(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("got " + sentence);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x08, 0x0B, 0x0D})
    void theOtherOrderOfBytesIsReadWhereItFits(int type) throws IOException {
        byte[] content = typed(type, ByteOrder.LITTLE_ENDIAN, new int[] {2, 1, 2}, 3, 2, 1, 0);

        for (byte[] written : new byte[][] {content, IdxBytes.gzip(content)}) {
            IdxArray images = IdxReader.images(file(written));
            assertThat(images.shape()).isEqualTo(new ImageShape(1, 2, 1));
            assertThat(images.values()).containsExactly(3, 2, 1, 0);
            assertThat(images.notes()).singleElement().asString().contains("least significant byte first");
        }
    }

    @Test
    void extentsAloneInTheOtherOrderAreRead() throws IOException {
        int one = Integer.reverseBytes(1);
        IdxArray images =
                IdxReader.images(file(IdxBytes.images(Integer.reverseBytes(2), one, one, (byte) 8, (byte) 9)));

        assertThat(images.count()).isEqualTo(2);
        assertThat(images.values()).containsExactly(8, 9);
    }

    @Test
    void labelsInOneColumnAreRead() throws IOException {
        assertThat(IdxReader.labels(file(IdxBytes.file(0x802, new int[] {3, 1}, (byte) 1, (byte) 0, (byte) 200)))
                        .values())
                .containsExactly((byte) 1, (byte) 0, (byte) 200);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x08, 0x0C, 0x0D})
    void oneHotLabelsAreRead(int type) throws IOException {
        IdxArray labels =
                IdxReader.labels(file(typed(type, BIG, new int[] {3, 4}, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1)));

        assertThat(labels.values()).containsExactly(2, 0, 3);
        assertThat(labels.notes()).singleElement().asString().contains("a row of 4 numbers for each label");
    }

    @Test
    void rowsThatAreNotOneHotAreRefusedWithTheFirst() throws IOException {
        IdxFile file = file(typed(0x08, BIG, new int[] {3, 2}, 0, 1, 1, 1, 0, 0));

        assertThatThrownBy(() -> IdxReader.labels(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("one with 2 numbers for each label, of which row 1 is not one 1 among zeros");
    }

    @Test
    void theFirstOfTheEightNumbersOfQmnistIsTheClass() throws IOException {
        IdxArray labels = IdxReader.labels(
                file(typed(0x0C, BIG, new int[] {2, 8}, 7, 1, 2609, 4, 97, 261500, 0, 0, 2, 0, 539, 1, 3, 7, 0, 0)));

        assertThat(labels.values()).containsExactly(7, 2);
        assertThat(labels.notes()).singleElement().asString().contains("QMNIST");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            12 | -1 | 32-bit integers from -1 to 3 | -1 often marks images without a label: remove them
            9  | -1 | signed bytes from -1 to 3   | -1 often marks images without a label: remove them
            12 | 256 | 32-bit integers from 3 to 256 | write whole numbers from 0 to 255
            13 | 1.5 | floats from 1.5 to 3       | write whole numbers from 0 to 255
            """)
    void labelsThatAreNoClassesAreRefusedWithTheirRange(int type, double other, String found, String remedy)
            throws IOException {
        IdxFile file = file(typed(type, BIG, new int[] {2}, 3, other));

        assertThatThrownBy(() -> IdxReader.labels(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("got " + found)
                .hasMessageEndingWith(remedy);
    }
}
