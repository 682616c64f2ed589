package io.mambapkd.train.run;

import io.mambapkd.data.Dataset;
import io.mambapkd.data.ImageSet;
import io.mambapkd.data.SplitKind;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.ImageShape;
import java.util.List;

/**
 * Grey images of two classes: brightnesses are normal with a standard deviation of 30 about 110, and about 140 for the rare class, so that no classifier tells all
 * images apart. For validation and test both classes have as many images.
 */
public final class RareClass {
    private static final ImageShape SHAPE = new ImageShape(8, 8, 1);

    private RareClass() {}

    /** @param every n-th training image is of class 1 */
    public static Dataset dataset(int trainingImages, int every) {
        return new Dataset(
                "rare",
                images(trainingImages, every, 0),
                images(200, 2, 1),
                images(400, 2, 2),
                List.of(0.45f),
                List.of(0.15f),
                List.of("common", "rare"),
                SplitKind.LAST,
                List.of());
    }

    private static ImageSet images(int count, int every, int stream) {
        CounterRandom random = new CounterRandom(5, Purpose.TEST_INPUT);
        byte[] labels = new byte[count];
        byte[] pixels = new byte[count * SHAPE.elements()];
        for (int i = 0; i < count; i++) {
            labels[i] = (byte) (i % every == 0 ? 1 : 0);
            double brightness = 110 + 30 * labels[i] + 30 * random.normal(stream, i, 0);
            for (int p = 0; p < SHAPE.elements(); p++) {
                double value = brightness + 5 * random.normal(stream, i, 1 + p);
                pixels[i * SHAPE.elements() + p] = (byte) Math.max(0, Math.min(255, Math.round(value)));
            }
        }
        return new ImageSet(SHAPE, 2, pixels, labels);
    }
}
