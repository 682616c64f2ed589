package io.mambapkd.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.report.Thumbnails.Source;
import io.mambapkd.tensor.ImageShape;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ThumbnailsTest {
    private static byte[] noise(ImageShape shape, int seed) {
        byte[] pixels = new byte[shape.elements()];
        new Random(seed).nextBytes(pixels);
        return pixels;
    }

    private static List<Source> noise(int images, ImageShape shape) {
        return IntStream.range(0, images)
                .mapToObj(i -> new Source(i, noise(shape, i), shape))
                .toList();
    }

    private static BufferedImage decode(String uri) throws Exception {
        byte[] bytes = Base64.getDecoder().decode(uri.substring(uri.indexOf(',') + 1));
        return ImageIO.read(new ByteArrayInputStream(bytes));
    }

    @ParameterizedTest
    @CsvSource({"32, 32, 3", "96, 96, 3", "97, 60, 3", "224, 224, 3", "500, 20, 1", "300, 400, 4"})
    void twentyFourImagesTakeABoundedRoomHoweverLargeAndIncompressibleTheyAre(int height, int width, int channels) {
        List<String> addresses = List.copyOf(Thumbnails.of(noise(24, new ImageShape(height, width, channels)))
                .values());

        assertThat(addresses).hasSize(24);
        assertThat(addresses.stream().mapToInt(String::length).sum()).isLessThanOrEqualTo(300_000);
    }

    @Test
    void anImageOfAtMost96PixelsIsShownAsItIs() throws Exception {
        ImageShape shape = new ImageShape(40, 96, 1);
        Source source = noise(1, shape).get(0);

        assertThat(Thumbnails.of(List.of(source)).get(0)).isEqualTo(PngDataUri.of(source.pixels(), shape));
    }

    @Test
    void aLargerOneKeepsItsProportionsAndTheMeansOfItsPixels() throws Exception {
        // Columns of 0 and 200 in turn, two for each pixel that is left, on 192 x 64.
        ImageShape shape = new ImageShape(64, 192, 1);
        byte[] pixels = new byte[shape.elements()];
        IntStream.range(0, pixels.length).forEach(i -> pixels[i] = (byte) (i % 2 * 200));

        BufferedImage image =
                decode(Thumbnails.of(List.of(new Source(7, pixels, shape))).get(7));

        assertThat(image.getWidth()).isEqualTo(96);
        assertThat(image.getHeight()).isEqualTo(32);
        assertThat(image.getRaster().getSample(0, 0, 0)).isEqualTo(100);
        assertThat(image.getRaster().getSample(95, 31, 0)).isEqualTo(100);
    }

    @Test
    void aLineOfPixelsKeepsAtLeastOneOfThem() {
        assertThat(Thumbnails.shrunk(new ImageShape(1000, 2, 3), 96)).isEqualTo(new ImageShape(96, 1, 3));
    }

    @Test
    void theSameImagesGiveTheSameAddresses() {
        ImageShape shape = new ImageShape(130, 120, 3);

        assertThat(Thumbnails.of(noise(5, shape))).isEqualTo(Thumbnails.of(noise(5, shape)));
    }
}
