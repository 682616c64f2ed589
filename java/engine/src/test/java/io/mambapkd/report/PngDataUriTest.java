package io.mambapkd.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.tensor.ImageShape;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class PngDataUriTest {
    @Test
    void greyPixelsComeBackUnchanged() throws Exception {
        BufferedImage image =
                decode(new byte[] {0, 1, 127, (byte) 128, (byte) 200, (byte) 255}, new ImageShape(2, 3, 1));

        assertThat(image.getWidth()).isEqualTo(3);
        assertThat(image.getHeight()).isEqualTo(2);
        assertThat(image.getRaster().getSample(1, 0, 0)).isEqualTo(1);
        assertThat(image.getRaster().getSample(0, 1, 0)).isEqualTo(128);
        assertThat(image.getRaster().getSample(2, 1, 0)).isEqualTo(255);
    }

    @Test
    void threeChannelsAreRedGreenAndBlue() throws Exception {
        BufferedImage image =
                decode(new byte[] {10, 20, 30, (byte) 250, (byte) 240, (byte) 230}, new ImageShape(1, 2, 3));

        assertThat(image.getRGB(0, 0) & 0xffffff).isEqualTo(0x0a141e);
        assertThat(image.getRGB(1, 0) & 0xffffff).isEqualTo(0xfaf0e6);
    }

    @Test
    void ofTwoChannelsTheFirstIsShown() throws Exception {
        BufferedImage image = decode(new byte[] {10, 99, 20, 99}, new ImageShape(1, 2, 2));

        assertThat(image.getRaster().getSample(1, 0, 0)).isEqualTo(20);
    }

    @Test
    void everyPixelOfRealSizesComesBackUnchanged() throws Exception {
        Random random = new Random(5);
        for (ImageShape shape :
                List.of(new ImageShape(28, 28, 1), new ImageShape(32, 31, 3), new ImageShape(7, 9, 4))) {
            byte[] pixels = new byte[shape.elements()];
            random.nextBytes(pixels);
            BufferedImage image = decode(pixels, shape);

            assertThat(image.getWidth()).isEqualTo(shape.width());
            assertThat(image.getHeight()).isEqualTo(shape.height());
            assertThat(image.getRaster().getNumBands()).isEqualTo(shape.channels() == 3 ? 3 : 1);
            for (int y = 0; y < shape.height(); y++) {
                for (int x = 0; x < shape.width(); x++) {
                    for (int band = 0; band < image.getRaster().getNumBands(); band++) {
                        int pixel = pixels[(y * shape.width() + x) * shape.channels() + band] & 0xff;
                        assertThat(image.getRaster().getSample(x, y, band))
                                .as("%s at %d, %d, band %d", shape, y, x, band)
                                .isEqualTo(pixel);
                    }
                }
            }
        }
    }

    /** ImageIO reads files with wrong check sums, which browsers refuse. The bytes are those of any other program's 1x1 image. */
    @Test
    void theHeaderAndTheEndAreThoseOfTheStandard() {
        String file = HexFormat.of().formatHex(bytes(PngDataUri.of(new byte[] {7}, new ImageShape(1, 1, 1))));

        assertThat(file)
                .startsWith("89504e470d0a1a0a" + "0000000d49484452" + "0000000100000001" + "0800000000" + "3a7e9b55")
                .endsWith("00000000" + "49454e44" + "ae426082");
    }

    private static BufferedImage decode(byte[] pixels, ImageShape shape) throws Exception {
        return ImageIO.read(new ByteArrayInputStream(bytes(PngDataUri.of(pixels, shape))));
    }

    private static byte[] bytes(String uri) {
        assertThat(uri).startsWith("data:image/png;base64,");
        return Base64.getDecoder().decode(uri.substring(uri.indexOf(',') + 1));
    }
}
