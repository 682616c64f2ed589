package io.mambapkd.model;

import io.mambapkd.Problem;
import io.mambapkd.nn.Precision;
import io.mambapkd.tensor.ImageShape;
import java.util.List;
import java.util.Optional;

/**
 * The residual network of nine layers of the DAWNBench entries of Page and others ("How to train your ResNet", 2018), with w channels first: conv w; conv 2w, pool, residual
 * of two convs; conv 4w, pool; conv 8w, pool, residual of two convs; maximum over the image; linear without bias; logits times 1/8. A conv is conv3x3 without bias, batch
 * norm, ReLU; a pool takes the maximum of 2x2.
 *
 * @param width w; 48.07 million FLOPs at 16 and 107.50 million at 24 on 32x32x3 with 10 classes
 * @param precision of what comes before the maximum over the image
 */
public record ResNet9Spec(int width, Precision precision) implements TeacherSpec {
    /** What the logits are multiplied by. */
    static final double SCALE = 0.125;

    private static final int SMALLEST_SIDE = 8;
    private static final int WIDEST = 8;

    public ResNet9Spec {
        TeacherSpec.requireWidth("resnet9", width, WIDEST);
    }

    @Override
    public ResNet9Spec withPrecision(Precision other) {
        return new ResNet9Spec(width, other);
    }

    @Override
    public List<Convolution> convolutions(ImageShape image) {
        return List.of(
                conv("prep", image, 0, image.channels(), width),
                conv("layer 1", image, 0, width, 2 * width),
                conv("residual 1 conv 1", image, 1, 2 * width, 2 * width),
                conv("residual 1 conv 2", image, 1, 2 * width, 2 * width),
                conv("layer 2", image, 1, 2 * width, 4 * width),
                conv("layer 3", image, 2, 4 * width, 8 * width),
                conv("residual 3 conv 1", image, 3, 8 * width, 8 * width),
                conv("residual 3 conv 2", image, 3, 8 * width, 8 * width));
    }

    private static Convolution conv(String name, ImageShape image, int pools, int inputs, int outputs) {
        return new Convolution(name, image.height() >> pools, image.width() >> pools, inputs, outputs, 3);
    }

    @Override
    public Optional<Problem> misfit(ImageShape image) {
        return TeacherSpec.tooSmall("resnet9", SMALLEST_SIDE, image);
    }
}
