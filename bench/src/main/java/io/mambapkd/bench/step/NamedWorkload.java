package io.mambapkd.bench.step;

import io.mambapkd.data.Dataset;
import io.mambapkd.data.ImageSet;
import io.mambapkd.data.SplitKind;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.ImageShape;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * A student that kernel research measures, on images made for it: the time of a step does not depend on what they show. It learns from an untrained teacher and, as all
 * students but the first do, from the group before it.
 */
enum NamedWorkload {
    /** 28 tokens, each a row of an image of MNIST's size: the student that the limits of {@code kernels-build/step-nodes.tsv} are for. */
    REFERENCE(28, 1, 4096, "cut: rows, tokenSize: 1, modelWidth: 16, blocks: 2, stateSize: 8"),

    /** A grid of 8x8 patches, each 4x4 pixels of an image of CIFAR-10's size: 64 tokens, 256 inner channels. */
    PATCHES8X8(32, 3, 1024, "cut: patches, tokenSize: 4, modelWidth: 128, blocks: 4, stateSize: 16");

    private static final int CLASSES = 10;
    /** Of validation and test, which no step reads. */
    private static final int FEW = 10;

    private final int side;
    private final int channels;
    private final int batch;
    private final String model;

    /**
     * @param side of its square images, in pixels
     * @param channels of a pixel
     * @param batch images of a step
     * @param model the settings of its students
     */
    NamedWorkload(int side, int channels, int batch, String model) {
        this.side = side;
        this.channels = channels;
        this.batch = batch;
        this.model = model;
    }

    /** What users call it. */
    String title() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** KEY=VALUE over the preset mnist-demo: two students of the same extents, of which the second one is measured, and a small teacher, which is not. */
    List<String> settings() {
        String students = String.format(
                Locale.ROOT,
                "students=[{name: before, %s, learningRate: 0.01}, {name: %s, %s, learningRate: 0.01}]",
                model,
                title(),
                model);
        return List.of(
                students,
                "teacher.channels=[4, 8]",
                "teacher.convsPerStage=1",
                "student.batch=" + batch,
                "student.images=0",
                "student.copies=2");
    }

    /**
     * As many training images as a launch of all its steps takes.
     *
     * @param images of a step
     */
    Dataset images(int images) {
        return new Dataset(
                title(),
                made(1, StepBenchmark.MOST_STEPS_PER_LAUNCH * images),
                made(2, FEW),
                made(3, FEW),
                List.of(0.5f),
                List.of(0.3f),
                IntStream.range(0, CLASSES).mapToObj(Integer::toString).toList(),
                SplitKind.LAST,
                List.of());
    }

    /** Pixels at random, every class in turn. */
    private ImageSet made(int which, int count) {
        ImageShape image = new ImageShape(side, side, channels);
        CounterRandom random = new CounterRandom(1, Purpose.TEST_INPUT);
        byte[] pixels = new byte[count * image.elements()];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) (random.bits(which, i / Integer.BYTES, 0) >>> (i % Integer.BYTES * Byte.SIZE));
        }
        byte[] labels = new byte[count];
        for (int i = 0; i < count; i++) {
            labels[i] = (byte) (i % CLASSES);
        }
        return new ImageSet(image, CLASSES, pixels, labels);
    }
}
