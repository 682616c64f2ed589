package io.mambapkd.examples;

import io.mambapkd.runtime.Answer;
import io.mambapkd.runtime.AnytimeClassifier;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import javax.imageio.ImageIO;

/**
 * Classifies files of 8 bits a channel that have the size and the channels of the model: {@code ClassifyImages RUN FILE...}. It needs the runtime alone. {@code mamba-pkd predict} scales and converts
 * others.
 */
public final class ClassifyImages {
    private ClassifyImages() {}

    /** @param arguments a run folder and files */
    public static void main(String[] arguments) throws IOException {
        AnytimeClassifier classifier = AnytimeClassifier.load(Path.of(arguments[0]));
        for (int i = 1; i < arguments.length; i++) {
            BufferedImage image = ImageIO.read(Path.of(arguments[i]).toFile());
            if (image == null || !fits(image, classifier)) {
                System.out.printf(
                        Locale.ROOT,
                        "%s: expected an image of %dx%d pixels with %d channels of 8 bits%n",
                        arguments[i],
                        classifier.height(),
                        classifier.width(),
                        classifier.channels());
                continue;
            }
            Answer answer = classifier.classify(pixels(image, classifier.channels()));
            System.out.printf(
                    Locale.ROOT,
                    "%s: %s (%.1f %%, %d students)%n",
                    arguments[i],
                    answer.className(),
                    100 * answer.confidence(),
                    answer.students());
        }
    }

    private static boolean fits(BufferedImage image, AnytimeClassifier classifier) {
        return image.getHeight() == classifier.height()
                && image.getWidth() == classifier.width()
                && image.getRaster().getNumBands() == classifier.channels()
                && image.getSampleModel().getSampleSize(0) == 8
                && !(image.getColorModel() instanceof IndexColorModel);
    }

    /** (H, W, C): row by row, the channels of a pixel together. */
    private static byte[] pixels(BufferedImage image, int channels) {
        byte[] pixels = new byte[image.getHeight() * image.getWidth() * channels];
        for (int at = 0; at < pixels.length; at++) {
            int x = at / channels % image.getWidth();
            int y = at / channels / image.getWidth();
            pixels[at] = (byte) image.getRaster().getSample(x, y, at % channels);
        }
        return pixels;
    }
}
