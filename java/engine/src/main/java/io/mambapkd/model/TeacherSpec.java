package io.mambapkd.model;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.nn.Precision;
import io.mambapkd.tensor.ImageShape;
import java.util.List;
import java.util.Optional;

/** What a teacher is made of: one of a few convolutional classifiers. */
public sealed interface TeacherSpec permits CnnSpec, ResNet9Spec, AirbenchSpec {
    /** Most channels of a convolution. */
    int MOST_CHANNELS = 4096;

    /**
     * A convolution, as it counts in FLOPs.
     *
     * @param name what it is called in tables
     * @param height of its output
     * @param width of its output
     * @param inputs channels of its input
     * @param outputs channels of its output
     * @param kernel rows and columns of its kernels
     */
    record Convolution(String name, int height, int width, int inputs, int outputs, int kernel) {
        /** Its output for one image, such as {@code 28x28x16}. */
        public String output() {
            return height + "x" + width + "x" + outputs;
        }

        /** Multiply-adds counted twice, those with a padding's zeros too. */
        public long flops() {
            return 2L * height * width * outputs * inputs * kernel * kernel;
        }
    }

    /** What is computed in; what follows the pool over the whole image is F32 in both. */
    Precision precision();

    /** The same model in another precision. */
    TeacherSpec withPrecision(Precision precision);

    /** All convolutions, in the order of computation, for images that fit. */
    List<Convolution> convolutions(ImageShape image);

    /** Why images are too small for the model, or nothing. The remedy is a setting, {@code KEY=VALUE}. */
    Optional<Problem> misfit(ImageShape image);

    /** @throws InputException if the images are too small for the model */
    default void requireFit(ImageShape image) {
        misfit(image).ifPresent(problem -> {
            throw new InputException(new Problem(problem.text(), "use " + Problem.option(problem.remedy())));
        });
    }

    /** {@link #misfit} of a model that needs images of a size. */
    static Optional<Problem> tooSmall(String model, int side, ImageShape image) {
        if (Math.min(image.height(), image.width()) >= side) {
            return Optional.empty();
        }
        return Optional.of(new Problem(
                model + " needs images of at least " + side + "x" + side + ", got " + image, "teacher.model=cnn"));
    }

    /** @throws InputException if a width is none, or makes convolutions of more than {@link #MOST_CHANNELS} */
    static void requireWidth(String model, int width, int widest) {
        int most = MOST_CHANNELS / widest;
        if (width < 1 || width > most) {
            throw new InputException(
                    Problem.ofValue("teacher.", "width", "from 1 to " + most + " for " + model, width));
        }
    }
}
