package io.mambapkd.data.formats;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** Images of shapes and noise, and files of them by the encoders of the JDK. */
public final class TestImages {
    private TestImages() {}

    /** @param type as in {@link BufferedImage} */
    public static BufferedImage shapes(int height, int width, int type, long seed) {
        BufferedImage image = new BufferedImage(width, height, type);
        Random random = new Random(seed);
        boolean alpha = image.getColorModel().hasAlpha();
        Graphics2D graphics = image.createGraphics();
        for (int i = 0; i < 12; i++) {
            graphics.setColor(new Color(
                    random.nextInt(256),
                    random.nextInt(256),
                    random.nextInt(256),
                    alpha && i > 0 ? random.nextInt(256) : 255));
            int x = i == 0 ? 0 : random.nextInt(width);
            int y = i == 0 ? 0 : random.nextInt(height);
            graphics.fillRect(
                    x, y, i == 0 ? width : 1 + random.nextInt(width), i == 0 ? height : 1 + random.nextInt(height));
        }
        graphics.dispose();
        for (int i = 0; i < height * width / 4; i++) {
            int x = random.nextInt(width);
            int y = random.nextInt(height);
            image.setRGB(x, y, image.getRGB(x, y) ^ random.nextInt() & 0x1f1f1f);
        }
        return image;
    }

    /** @param format a name of ImageIO */
    public static byte[] file(BufferedImage image, String format, boolean progressive) {
        ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(out);
            ImageWriteParam param = writer.getDefaultWriteParam();
            if (progressive) {
                param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
            }
            writer.write(null, new IIOImage(image, null, null), param);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    public static byte[] png(BufferedImage image) {
        return file(image, "png", false);
    }

    public static byte[] jpeg(BufferedImage image) {
        return file(image, "jpeg", false);
    }

    /** A picture of colours as a PNG file. */
    public static byte[] png(int height, int width, long seed) {
        return png(shapes(height, width, BufferedImage.TYPE_INT_RGB, seed));
    }
}
