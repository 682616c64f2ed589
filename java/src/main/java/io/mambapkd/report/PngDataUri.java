package io.mambapkd.report;

import io.mambapkd.tensor.ImageShape;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Pixels as a {@code data:image/png} address. */
final class PngDataUri {
    private PngDataUri() {}

    /** @param pixels (H, W, C) unsigned bytes; three channels are red, green and blue, of others only the first is shown, in grey */
    static String of(byte[] pixels, ImageShape shape) {
        boolean colour = shape.channels() == 3;
        BufferedImage image = new BufferedImage(
                shape.width(), shape.height(), colour ? BufferedImage.TYPE_INT_RGB : BufferedImage.TYPE_BYTE_GRAY);
        for (int y = 0; y < shape.height(); y++) {
            for (int x = 0; x < shape.width(); x++) {
                int first = (y * shape.width() + x) * shape.channels();
                // The raster, not setRGB: that would convert grey through a colour space and change it.
                for (int band = 0; band < image.getRaster().getNumBands(); band++) {
                    image.getRaster().setSample(x, y, band, pixels[first + band] & 0xff);
                }
            }
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        // In memory, because ImageIO.write on a plain stream would go through a file in the temporary folder.
        try (MemoryCacheImageOutputStream stream = new MemoryCacheImageOutputStream(bytes)) {
            if (!ImageIO.write(image, "png", stream)) {
                throw new IllegalStateException("this Java runtime has no PNG writer");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return "data:image/png;base64," + Base64.getEncoder().encodeToString(bytes.toByteArray());
    }
}
