package io.mambapkd.data.formats;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.metadata.IIOMetadata;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/** Chroma of half the height, as in a camera's JPEG image that was turned without decoding (4:4:0). */
final class JpegSubsamplingTest {
    private static final int SIDE = 32;
    private static final int UPPER = 0x309050;
    private static final int LOWER = 0xa04070;

    /** Two colours, the border between them at that of two blocks of chroma. */
    private static byte[] file() throws Exception {
        BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                image.setRGB(x, y, y < SIDE / 2 ? UPPER : LOWER);
            }
        }
        var writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (var out = ImageIO.createImageOutputStream(bytes)) {
            ImageWriteParam settings = writer.getDefaultWriteParam();
            settings.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            settings.setCompressionQuality(1);
            IIOMetadata metadata = writer.getDefaultImageMetadata(new ImageTypeSpecifier(image), settings);
            Node tree = metadata.getAsTree("javax_imageio_jpeg_image_1.0");
            Element luma = (Element)
                    ((Element) tree).getElementsByTagName("componentSpec").item(0);
            luma.setAttribute("HsamplingFactor", "1");
            luma.setAttribute("VsamplingFactor", "2");
            metadata.setFromTree("javax_imageio_jpeg_image_1.0", tree);
            writer.setOutput(out);
            writer.write(metadata, new IIOImage(image, null, metadata), settings);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    /** Luma and chroma of a colour, rounded (ITU-T T.871). */
    private static int[] ycc(int colour) {
        int red = colour >> 16;
        int green = colour >> 8 & 0xff;
        int blue = colour & 0xff;
        double luma = 0.299 * red + 0.587 * green + 0.114 * blue;
        return new int[] {
            (int) Math.round(luma),
            (int) Math.round((blue - luma) / 1.772 + 128),
            (int) Math.round((red - luma) / 1.402 + 128)
        };
    }

    private static int[] colour(int luma, int[] near, int[] other, int rounding) {
        int blueness = (3 * near[1] + other[1] + rounding >> 2) - 128;
        int redness = (3 * near[2] + other[2] + rounding >> 2) - 128;
        return new int[] {
            (int) Math.round(luma + 1.402 * redness),
            (int) Math.round(luma - 0.344136 * blueness - 0.714136 * redness),
            (int) Math.round(luma + 1.772 * blueness)
        };
    }

    @Test
    void chromaBetweenTwoRowsIsThreePartsOfTheNearerOne() throws Exception {
        byte[] pixels = new byte[SIDE * SIDE * 3];
        EncodedImage.decode(file(), SIDE, SIDE, 3, pixels, 0);
        int[] upper = ycc(UPPER);
        int[] lower = ycc(LOWER);

        assertRow(pixels, 0, colour(upper[0], upper, upper, 1));
        assertRow(pixels, 14, colour(upper[0], upper, upper, 1));
        assertRow(pixels, 15, colour(upper[0], upper, lower, 2));
        assertRow(pixels, 16, colour(lower[0], lower, upper, 1));
        assertRow(pixels, 17, colour(lower[0], lower, lower, 2));
        assertRow(pixels, 31, colour(lower[0], lower, lower, 2));
    }

    private static void assertRow(byte[] pixels, int y, int[] expected) {
        for (int x = 0; x < SIDE; x++) {
            int at = (y * SIDE + x) * 3;
            int[] actual = {pixels[at] & 0xff, pixels[at + 1] & 0xff, pixels[at + 2] & 0xff};
            for (int i = 0; i < 3; i++) {
                assertThat(actual[i])
                        .as("row %d, column %d: %s", y, x, Arrays.toString(actual))
                        .isBetween(expected[i] - 1, expected[i] + 1);
            }
        }
    }
}
