package io.mambapkd.examples;

import io.mambapkd.runtime.Answer;
import io.mambapkd.runtime.AnytimeClassifier;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import javax.imageio.ImageIO;

/** Classifies PNG files of the model's size and channels: {@code ClassifyImages RUN FILE...}. It needs the runtime alone. */
public final class ClassifyImages {
    private ClassifyImages() {}

    /** @param arguments a run folder and files */
    public static void main(String[] arguments) throws IOException {
        AnytimeClassifier classifier = AnytimeClassifier.load(Path.of(arguments[0]));
        for (int i = 1; i < arguments.length; i++) {
            BufferedImage image = ImageIO.read(Path.of(arguments[i]).toFile());
            // (H, W, C): row by row, the channels of a pixel together.
            byte[] pixels = new byte[image.getHeight() * image.getWidth() * classifier.channels()];
            for (int at = 0; at < pixels.length; at++) {
                int pixel = at / classifier.channels();
                pixels[at] = (byte) image.getRaster()
                        .getSample(pixel % image.getWidth(), pixel / image.getWidth(), at % classifier.channels());
            }
            Answer answer = classifier.classify(pixels);
            System.out.printf(
                    Locale.ROOT,
                    "%s: %s (%.1f %%, %d students)%n",
                    arguments[i],
                    answer.className(),
                    100 * answer.confidence(),
                    answer.students());
        }
    }
}
