package io.mambapkd.train.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.data.ImageSet;
import io.mambapkd.distill.GroupPredictions;
import io.mambapkd.results.ReportData.Example;
import io.mambapkd.results.ReportData.Examples;
import io.mambapkd.tensor.ImageShape;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ExampleImagesTest {
    private static final int CLASSES = 3;
    private static final ImageShape SHAPE = new ImageShape(1, 2, 1);

    /** Images whose pixels are their position; what the teacher, and each prefix of the group, answers. */
    private static Examples choose(int[] labels, int[] teacher, int[]... prefixes) {
        byte[] pixels = new byte[2 * labels.length];
        byte[] bytes = new byte[labels.length];
        for (int i = 0; i < labels.length; i++) {
            pixels[2 * i] = (byte) i;
            pixels[2 * i + 1] = (byte) i;
            bytes[i] = (byte) labels[i];
        }
        GroupPredictions predictions = new GroupPredictions(labels, CLASSES);
        for (int[] answers : prefixes) {
            predictions.join(logits(answers), 0, 1);
        }
        return ExampleImages.of(new ImageSet(SHAPE, CLASSES, pixels, bytes), predictions, logits(teacher));
    }

    private static float[] logits(int[] answers) {
        float[] logits = new float[answers.length * CLASSES];
        for (int i = 0; i < answers.length; i++) {
            logits[i * CLASSES + answers[i]] = 1;
        }
        return logits;
    }

    private static int[] all(int images, int value) {
        return Collections.nCopies(images, value).stream()
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private static List<Integer> indices(List<Example> examples) {
        return examples.stream().map(Example::index).toList();
    }

    @Test
    void imagesOfAConfusionHaveTheAnswersOfAllPrefixesAndOfTheTeacher() {
        Examples examples =
                choose(new int[] {0, 0, 1, 2}, new int[] {0, 2, 1, 2}, new int[] {0, 2, 1, 2}, new int[] {0, 1, 1, 2});

        assertThat(examples.corrected()).isEmpty();
        assertThat(examples.confused()).singleElement().satisfies(example -> {
            assertThat(example.index()).isEqualTo(1);
            assertThat(example.pixels()).containsExactly(1, 1);
            assertThat(example.label()).isZero();
            assertThat(example.answers()).containsExactly(2, 1);
            assertThat(example.groupAnswer()).isEqualTo(1);
            assertThat(example.teacherPrediction()).isEqualTo(2);
            // softmax(0, 1, 0)
            assertThat(example.confidence())
                    .isCloseTo(Math.E / (Math.E + 2), org.assertj.core.api.Assertions.within(1e-6));
        });
    }

    @Test
    void ofManyImagesSomeSpreadOverTheTestSetAreTaken() {
        Examples examples = choose(all(40, 0), all(40, 0), all(40, 1));

        assertThat(indices(examples.confused())).containsExactly(0, 10, 20, 30);
    }

    @Test
    void theFourMostFrequentConfusionsComeInTheirOrder() {
        // Counts: 1 for 0 three times, 2 for 1 twice, then one each, of which the largest label is too much.
        int[] labels = {0, 0, 0, 1, 1, 1, 2, 2};
        int[] answers = {1, 1, 1, 2, 2, 0, 0, 1};

        Examples examples = choose(labels, labels, answers);

        assertThat(indices(examples.confused())).containsExactly(0, 1, 2, 3, 4, 5, 6);
        assertThat(examples.confused()).extracting(Example::groupAnswer).containsExactly(1, 1, 1, 2, 2, 0, 0);
    }

    @Test
    void correctedAreThoseThatTheFirstStudentHasWrongAndAllTogetherRight() {
        int[] labels = {0, 1, 2, 0, 1};
        Examples examples = choose(
                labels, all(5, 0), new int[] {1, 1, 0, 0, 2}, new int[] {1, 0, 2, 0, 2}, new int[] {0, 1, 2, 1, 2});

        assertThat(indices(examples.corrected())).containsExactly(0, 2);
        assertThat(examples.corrected())
                .extracting(Example::answers)
                .containsExactly(List.of(1, 1, 0), List.of(0, 2, 2));
        assertThat(indices(examples.confused())).containsExactly(3, 4);
    }

    @Test
    void thereAreAtMostTwentyFourImages() {
        int[] labels = IntStream.range(0, 120).map(i -> i % 3).toArray();
        int[] first = IntStream.range(0, 120).map(i -> (i + 1) % 3).toArray();
        int[] last = IntStream.range(0, 120)
                .map(i -> i < 60 ? labels[i] : (i + 1 + i / 3 % 2) % 3)
                .toArray();

        Examples examples = choose(labels, labels, first, last);

        assertThat(examples.confused()).hasSize(16);
        assertThat(examples.corrected()).hasSize(8);
    }

    @Test
    void aGroupWithoutErrorsAndOfOneStudentHasNone() {
        Examples examples = choose(new int[] {0, 1}, new int[] {0, 1}, new int[] {0, 1});

        assertThat(examples.confused()).isEmpty();
        assertThat(examples.corrected()).isEmpty();
    }
}
