package io.mambapkd.data.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Files that are damaged, or made to do harm: refused in words, whatever is wrong. */
final class HostileImagesTest {
    static List<byte[]> files() {
        BufferedImage colours = TestImages.shapes(19, 13, BufferedImage.TYPE_INT_RGB, 1);
        BufferedImage palette = TestImages.shapes(19, 13, BufferedImage.TYPE_BYTE_INDEXED, 1);
        return List.of(
                TestImages.jpeg(colours),
                TestImages.file(colours, "jpeg", true),
                TestImages.png(colours),
                TestImages.file(palette, "png", true),
                TestImages.file(palette, "gif", false),
                TestImages.file(colours, "bmp", false));
    }

    /** Decodes it if it can be decoded; returns what is said if not. */
    private static String attempt(byte[] file) {
        try {
            ImageHead head = Objects.requireNonNull(EncodedImage.head(file, file.length));
            // A damaged header may claim another size; the result is small in any case.
            EncodedImage.decode(file, 8, 8, 3, new byte[192], 0);
            assertThat(head.pixels()).isLessThanOrEqualTo(file.length * 8300L);
            return "";
        } catch (BadImageException e) {
            return String.valueOf(e.getMessage());
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void aFileThatIsCutOffIsRefusedAtEveryLength(byte[] file) {
        int data = file.length;
        // The end of a JPEG image is not needed, nor are the end of a GIF file and of its last block.
        int end = file[0] == 'B' || file[0] == (byte) 0x89 ? data : data - 4;
        for (int length = 0; length < end; length++) {
            assertThat(attempt(Arrays.copyOf(file, length)))
                    .as("%d of %d bytes", length, data)
                    .isNotEmpty();
        }
        assertThat(attempt(file)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("files")
    void everyFlippedBitGivesAnImageOrASentence(byte[] file) {
        for (int bit = 0; bit < 8 * Math.min(file.length, 700); bit++) {
            byte[] damaged = file.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            attempt(damaged);
        }
    }

    @Test
    void everyFlippedBitOfPixelsInAPngFileIsFound() {
        byte[] file = TestImages.png(8, 8, 1);
        for (int bit = 8 * 33; bit < 8 * (file.length - 4); bit++) {
            byte[] damaged = file.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(attempt(damaged)).as("bit %d", bit).isNotEmpty();
        }
    }

    private static byte[] claim(String format) {
        int side = 60_000;
        byte[] head = switch (format) {
            case "png" ->
                ByteBuffer.allocate(50)
                        .put(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13})
                        .put("IHDR".getBytes(StandardCharsets.US_ASCII))
                        .putInt(side)
                        .putInt(side)
                        .put(new byte[] {8, 2, 0, 0, 0})
                        .array();
            case "jpeg" ->
                ByteBuffer.allocate(50)
                        .putInt(0xffd8ffc0)
                        .putShort((short) 17)
                        .put((byte) 8)
                        .putShort((short) side)
                        .putShort((short) side)
                        .put(new byte[] {3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0})
                        .array();
            case "gif" ->
                ByteBuffer.allocate(50)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .put("GIF89a".getBytes(StandardCharsets.US_ASCII))
                        .putShort((short) side)
                        .putShort((short) side)
                        .put(new byte[] {0, 0, 0, 0x2c, 0, 0, 0, 0})
                        .putShort((short) side)
                        .putShort((short) side)
                        .array();
            default ->
                ByteBuffer.allocate(50)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .put(new byte[] {'B', 'M', 0, 0, 0, 0, 0, 0, 0, 0, 50, 0, 0, 0, 40, 0, 0, 0})
                        .putInt(side)
                        .putInt(side)
                        .putInt(24 << 16 | 1)
                        .array();
        };
        if (format.equals("png")) {
            java.util.zip.CRC32 sum = new java.util.zip.CRC32();
            sum.update(head, 12, 17);
            ByteBuffer.wrap(head).putInt(29, (int) sum.getValue());
        }
        return head;
    }

    @ParameterizedTest
    @CsvSource({"png", "jpeg", "gif", "bmp"})
    void aSizeThatCannotBeIsRefusedByTheHeaderAlone(String format) {
        assertThat(attempt(claim(format))).startsWith("a ").contains("claims 60000x60000 pixels, more than 16384");
    }

    @Test
    void pixelsThatCannotBeInTheFileAreRefused() {
        byte[] png = claim("png");
        ByteBuffer.wrap(png).putInt(16, 8000).putInt(20, 8000);
        java.util.zip.CRC32 sum = new java.util.zip.CRC32();
        sum.update(png, 12, 17);
        ByteBuffer.wrap(png).putInt(29, (int) sum.getValue());

        assertThat(attempt(png)).isEqualTo("a PNG file that claims 8000x8000 pixels, which cannot be in its 50 bytes");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "| an empty file",
                "RIFF....WEBP | a WebP file or another RIFF file",
                "<!DOCTYPE html><p> | an HTML page",
                "version https://git-lfs.github.com/spec/v1 | a pointer of Git LFS in place of the image, which git lfs pull brings",
                "....ftypheic | a HEIC, AVIF or video file",
                "hello | no PNG, JPEG, GIF or BMP file"
            })
    void whatIsNoImageIsNamed(String content, String expected) {
        byte[] bytes = content == null ? new byte[0] : content.getBytes(StandardCharsets.ISO_8859_1);

        assertThat(attempt(bytes)).isEqualTo(expected);
    }

    @Test
    void codingThatIsNotReadIsNamed() {
        byte[] jpeg = TestImages.jpeg(TestImages.shapes(8, 8, BufferedImage.TYPE_INT_RGB, 1));
        int frame = 0;
        while (jpeg[frame] != (byte) 0xff || jpeg[frame + 1] != (byte) 0xc0) {
            frame++;
        }
        jpeg[frame + 1] = (byte) 0xc9;

        assertThatThrownBy(() -> EncodedImage.decode(jpeg, 8, 8, 3, new byte[192], 0))
                .hasMessage("a JPEG file with arithmetic coding, which is not read");
    }
}
