package io.mambapkd.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.tensor.ImageShape;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.util.Base64;
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

    private static BufferedImage decode(byte[] pixels, ImageShape shape) throws Exception {
        String uri = PngDataUri.of(pixels, shape);
        assertThat(uri).startsWith("data:image/png;base64,");
        byte[] png = Base64.getDecoder().decode(uri.substring(uri.indexOf(',') + 1));
        return ImageIO.read(new ByteArrayInputStream(png));
    }
}
