package io.mambapkd.data.formats;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Decoded images against those of the JDK, whose JPEG decoder is libjpeg, and against values worked out by hand. */
final class DecodersTest {
    private static byte[] decoded(byte[] file, int height, int width, int channels) throws BadImageException {
        byte[] pixels = new byte[height * width * channels];
        EncodedImage.decode(file, height, width, channels, pixels, 0);
        return pixels;
    }

    /** By the JDK, over white. */
    private static byte[] expected(byte[] file) throws IOException {
        return pixels(Objects.requireNonNull(ImageIO.read(new ByteArrayInputStream(file))));
    }

    private static byte[] pixels(BufferedImage image) {
        byte[] pixels = new byte[image.getHeight() * image.getWidth() * 3];
        int to = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                int argb = image.getRGB(x, y);
                double alpha = (argb >>> 24) / 255.0;
                for (int shift = 16; shift >= 0; shift -= 8) {
                    pixels[to++] = (byte) Math.round((argb >> shift & 0xff) * alpha + 255 * (1 - alpha));
                }
            }
        }
        return pixels;
    }

    private static ImageHead head(byte[] file) throws BadImageException {
        return Objects.requireNonNull(EncodedImage.head(file, file.length));
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1", "2, 2", "1, 7", "7, 1", "3, 5", "8, 8", "15, 17", "16, 16", "17, 15", "33, 64", "50, 31", "97, 130"
    })
    void colourJpegImagesAreThoseOfLibjpegByteForByte(int height, int width) throws Exception {
        BufferedImage image = TestImages.shapes(height, width, BufferedImage.TYPE_INT_RGB, 31L * height + width);
        for (boolean progressive : new boolean[] {false, true}) {
            byte[] file = TestImages.file(image, "jpeg", progressive);

            assertThat(decoded(file, height, width, 3))
                    .as("progressive: " + progressive)
                    .isEqualTo(expected(file));
            assertThat(head(file)).isEqualTo(new ImageHead(ImageFormat.JPEG, width, height, 3, 1, false));
        }
    }

    @Test
    void greyJpegImagesAreThoseOfLibjpegByteForByte() throws Exception {
        byte[] file = TestImages.jpeg(TestImages.shapes(41, 23, BufferedImage.TYPE_BYTE_GRAY, 5));
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(file));
        byte[] grey = (byte[]) image.getRaster().getDataElements(0, 0, 23, 41, null);

        assertThat(head(file).channels()).isEqualTo(1);
        assertThat(decoded(file, 41, 23, 1)).isEqualTo(grey);
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                BufferedImage.TYPE_INT_RGB,
                BufferedImage.TYPE_INT_ARGB,
                BufferedImage.TYPE_BYTE_INDEXED,
                BufferedImage.TYPE_BYTE_BINARY
            })
    void pngImagesOfAllKindsAreThoseOfTheJdk(int type) throws Exception {
        for (int[] size : new int[][] {{1, 1}, {3, 2}, {9, 20}, {40, 33}}) {
            BufferedImage image = TestImages.shapes(size[0], size[1], type, 7);
            for (boolean interlaced : new boolean[] {false, true}) {
                byte[] file = TestImages.file(image, "png", interlaced);

                assertThat(decoded(file, size[0], size[1], 3))
                        .as(size[0] + "x" + size[1] + " interlaced: " + interlaced)
                        .isEqualTo(expected(file));
            }
        }
    }

    @Test
    void aPaletteOfGreysIsGreyAndOneOfColoursIsNot() throws Exception {
        byte[] ramp = {0, 80, (byte) 160, (byte) 255};
        byte[] other = {0, 80, (byte) 161, (byte) 255};
        BufferedImage grey =
                new BufferedImage(2, 2, BufferedImage.TYPE_BYTE_INDEXED, new IndexColorModel(8, 4, ramp, ramp, ramp));
        grey.getRaster().setPixels(0, 0, 2, 2, new int[] {0, 1, 2, 3});
        BufferedImage colours =
                new BufferedImage(2, 2, BufferedImage.TYPE_BYTE_INDEXED, new IndexColorModel(8, 4, ramp, ramp, other));

        for (String format : new String[] {"png", "gif"}) {
            byte[] file = TestImages.file(grey, format, false);
            assertThat(head(file).channels()).as(format).isEqualTo(1);
            assertThat(decoded(file, 2, 2, 1)).as(format).containsExactly(ramp);
            assertThat(head(TestImages.file(colours, format, false)).channels())
                    .as(format)
                    .isEqualTo(3);
        }
    }

    @Test
    void valuesOf16BitsAreRoundedTo8() throws Exception {
        BufferedImage image = new BufferedImage(4, 1, BufferedImage.TYPE_USHORT_GRAY);
        image.getRaster().setPixels(0, 0, 4, 1, new int[] {0, 128, 129, 65535});

        // 65535 / 255 = 257: 128 is nearer to 0, 129 to 257.
        assertThat(decoded(TestImages.png(image), 1, 4, 1)).containsExactly(0, 0, 1, 255);
    }

    @Test
    void whatIsTransparentIsShownOnWhite() throws Exception {
        BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_INT_ARGB);
        image.setRGB(0, 0, 0x00102030);
        image.setRGB(1, 0, 0xff102030);
        image.setRGB(2, 0, 0x80000000);

        assertThat(decoded(TestImages.png(image), 1, 3, 3)).containsExactly(255, 255, 255, 16, 32, 48, 127, 127, 127);
    }

    /** A PNG file of one row by hand. */
    private static byte[] png(int depth, int kind, int width, byte[] row, byte[][] chunks) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
        chunk(
                out,
                "IHDR",
                ByteBuffer.allocate(13)
                        .putInt(width)
                        .putInt(1)
                        .put((byte) depth)
                        .put((byte) kind)
                        .array());
        for (byte[] chunk : chunks) {
            out.writeBytes(chunk);
        }
        Deflater deflater = new Deflater();
        deflater.setInput(row);
        deflater.finish();
        byte[] packed = new byte[1000];
        int length = deflater.deflate(packed);
        deflater.end();
        chunk(out, "IDAT", java.util.Arrays.copyOf(packed, length));
        chunk(out, "IEND", new byte[0]);
        return out.toByteArray();
    }

    private static byte[] chunk(String name, byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        chunk(out, name, content);
        return out.toByteArray();
    }

    private static void chunk(ByteArrayOutputStream out, String name, byte[] content) {
        ByteBuffer bytes = ByteBuffer.allocate(12 + content.length).putInt(content.length);
        bytes.put(name.getBytes(java.nio.charset.StandardCharsets.US_ASCII)).put(content);
        CRC32 sum = new CRC32();
        sum.update(bytes.array(), 4, 4 + content.length);
        out.writeBytes(bytes.putInt((int) sum.getValue()).array());
    }

    @Test
    void greyWithAlphaAndTransparentColoursOfPngAreShownOnWhite() throws Exception {
        byte[] greyAlpha = png(8, 4, 3, new byte[] {0, 10, 0, 10, -1, 0, -128}, new byte[0][]);
        assertThat(head(greyAlpha).channels()).isEqualTo(1);
        assertThat(decoded(greyAlpha, 1, 3, 1)).containsExactly(255, 10, 127);

        byte[] key = chunk("tRNS", new byte[] {0, 10});
        assertThat(decoded(png(8, 0, 2, new byte[] {0, 10, 11}, new byte[][] {key}), 1, 2, 1))
                .containsExactly(255, 11);

        byte[] colour = chunk("tRNS", new byte[] {0, 1, 0, 2, 0, 3});
        byte[] rgb = png(8, 2, 2, new byte[] {0, 1, 2, 3, 1, 2, 4}, new byte[][] {colour});
        assertThat(decoded(rgb, 1, 2, 3)).containsExactly(255, 255, 255, 1, 2, 4);
    }

    @Test
    void textOfAPngFileIsNotUnpacked() throws Exception {
        byte[] bomb = new byte[64];
        byte[] text = chunk("zTXt", bomb);

        assertThat(decoded(png(8, 0, 2, new byte[] {0, 10, 11}, new byte[][] {text}), 1, 2, 1))
                .containsExactly(10, 11);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gif", "bmp"})
    void otherFormatsGiveThePixelsThatWereWritten(String format) throws Exception {
        for (int[] size : new int[][] {{1, 1}, {3, 2}, {9, 20}, {40, 33}, {130, 257}}) {
            int type = format.equals("gif") ? BufferedImage.TYPE_BYTE_INDEXED : BufferedImage.TYPE_3BYTE_BGR;
            for (boolean interlaced : new boolean[] {false, format.equals("gif")}) {
                BufferedImage image = TestImages.shapes(size[0], size[1], type, 3);
                byte[] file = TestImages.file(image, format, interlaced);

                assertThat(decoded(file, size[0], size[1], 3))
                        .as(size[0] + "x" + size[1])
                        .isEqualTo(pixels(image));
            }
        }
    }

    @Test
    void bitmapsWithAPaletteGiveThePixelsThatWereWritten() throws Exception {
        BufferedImage colours = TestImages.shapes(9, 21, BufferedImage.TYPE_BYTE_INDEXED, 3);
        assertThat(decoded(TestImages.file(colours, "bmp", false), 9, 21, 3)).isEqualTo(pixels(colours));

        BufferedImage grey = TestImages.shapes(9, 21, BufferedImage.TYPE_BYTE_GRAY, 3);
        byte[] file = TestImages.file(grey, "bmp", false);
        assertThat(head(file).channels()).isEqualTo(1);
        assertThat(decoded(file, 9, 21, 1)).isEqualTo(grey.getRaster().getDataElements(0, 0, 21, 9, null));
    }

    @Test
    void bitmapsOf16BitsAndWithRunsAreThoseOfTheJdk() throws Exception {
        byte[] file = TestImages.file(TestImages.shapes(11, 7, BufferedImage.TYPE_USHORT_565_RGB, 3), "bmp", false);
        assertThat(decoded(file, 11, 7, 3)).isEqualTo(expected(file));

        // Four rows of six pixels from below: a run, single values, a jump, the end.
        ByteBuffer runs = ByteBuffer.allocate(54 + 8 + 20).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        runs.put((byte) 'B').put((byte) 'M').putInt(82).putInt(0).putInt(62);
        runs.putInt(40)
                .putInt(6)
                .putInt(4)
                .putShort((short) 1)
                .putShort((short) 8)
                .putInt(1);
        runs.putInt(20).putInt(0).putInt(0).putInt(2).putInt(0);
        runs.put(new byte[] {0, 0, 0, 0, 9, 8, 7, 0});
        runs.put(new byte[] {6, 1, 0, 0, 0, 3, 1, 0, 1, 0, 0, 0, 0, 2, 2, 1, 4, 1, 0, 1});
        byte[] pixels = decoded(runs.array(), 4, 6, 3);
        StringBuilder red = new StringBuilder();
        for (int i = 0; i < 24; i++) {
            red.append(pixels[3 * i]);
        }

        assertThat(red).hasToString("007777" + "000000" + "707000" + "777777");
    }

    @Test
    void ofAnAnimationTheFirstFrameIsRead() throws Exception {
        byte[] first = TestImages.file(TestImages.shapes(5, 6, BufferedImage.TYPE_BYTE_INDEXED, 3), "gif", false);
        int frame = 13 + 3 * (2 << (first[10] & 7));
        while (first[frame] != 0x2c) {
            frame++;
        }
        ByteArrayOutputStream two = new ByteArrayOutputStream();
        two.write(first, 0, first.length - 1);
        two.write(first, frame, first.length - frame);

        assertThat(head(first).isAnimated()).isFalse();
        assertThat(head(two.toByteArray()).isAnimated()).isTrue();
        assertThat(decoded(two.toByteArray(), 5, 6, 3)).isEqualTo(decoded(first, 5, 6, 3));
    }

    /** A JPEG file with a segment behind its first two bytes. */
    private static byte[] withSegment(byte[] jpeg, int marker, byte[] content) {
        ByteBuffer out = ByteBuffer.allocate(jpeg.length + content.length + 4);
        out.put(jpeg, 0, 2).putShort((short) (0xff00 | marker)).putShort((short) (content.length + 2));
        return out.put(content).put(jpeg, 2, jpeg.length - 2).array();
    }

    private static byte[] exif(int orientation) {
        ByteBuffer exif = ByteBuffer.allocate(32).put("Exif\0\0".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        exif.put((byte) 'M').put((byte) 'M').putShort((short) 42).putInt(8).putShort((short) 1);
        return exif.putShort((short) 0x0112)
                .putShort((short) 3)
                .putInt(1)
                .putShort((short) orientation)
                .array();
    }

    /** Which corner of the file is above on the left, and below it, once the image is upright: by the table of the EXIF standard. */
    @ParameterizedTest
    @CsvSource({"1, 0, 2", "2, 1, 3", "3, 3, 1", "4, 2, 0", "5, 0, 1", "6, 2, 3", "7, 3, 2", "8, 1, 0"})
    void imagesAreTurnedUpright(int orientation, int corner, int below) throws Exception {
        // Four flat blocks: 0 and 1 above, 2 and 3 below.
        BufferedImage image = new BufferedImage(32, 16, BufferedImage.TYPE_BYTE_GRAY);
        WritableRaster raster = image.getRaster();
        for (int y = 0; y < 16; y++) {
            for (int x = 0; x < 32; x++) {
                raster.setSample(x, y, 0, 60 * (2 * (y / 8) + x / 16));
            }
        }
        byte[] file = withSegment(TestImages.jpeg(image), 0xe1, exif(orientation));
        ImageHead head = head(file);
        int height = head.uprightHeight();
        int width = head.uprightWidth();
        byte[] pixels = decoded(file, height, width, 1);

        assertThat(height).isEqualTo(orientation < 5 ? 16 : 32);
        assertThat((pixels[0] & 0xff) + 10).isBetween(60 * corner, 60 * corner + 20);
        assertThat((pixels[(height - 1) * width] & 0xff) + 10).isBetween(60 * below, 60 * below + 20);
    }

    @Test
    void coloursBecomeGreyByTheirLuma() throws Exception {
        BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, 0xff0000);
        image.setRGB(1, 0, 0x00ff00);
        image.setRGB(2, 0, 0x0000ff);

        // BT.601: 0.299, 0.587 and 0.114 of 255.
        assertThat(decoded(TestImages.png(image), 1, 3, 1)).containsExactly(76, 150, 29);
    }

    /** A CMYK file with flat inks, as one grey image of each would be: written by the JDK from a raster of four bands. */
    @Test
    void inksAreReadInverted() throws Exception {
        WritableRaster raster = java.awt.image.Raster.createInterleavedRaster(0, 16, 16, 4, null);
        for (int y = 0; y < 16; y++) {
            for (int x = 0; x < 16; x++) {
                raster.setPixel(x, y, new int[] {255, 128, 0, 255});
            }
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        var writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        try (var out = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(out);
            writer.write(null, new javax.imageio.IIOImage(raster, null, null), null);
        } finally {
            writer.dispose();
        }
        byte[] plain = bytes.toByteArray();
        byte[] adobe = withSegment(plain, 0xee, new byte[] {'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0});

        // Adobe: 255 is no ink. Without its marker 255 is all of it.
        assertThat(decoded(adobe, 16, 16, 3)).startsWith(255, 128, 0);
        assertThat(decoded(plain, 16, 16, 3)).startsWith(0, 0, 0);
        assertThat(head(adobe).channels()).isEqualTo(3);
    }
}
