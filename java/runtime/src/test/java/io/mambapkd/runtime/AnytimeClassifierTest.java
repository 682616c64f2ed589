package io.mambapkd.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import io.mambapkd.runtime.exit.ExitRule;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnytimeClassifierTest {
    private static final int IMAGES = 200;

    @TempDir
    Path folder;

    private AnytimeClassifier classifier;

    @BeforeEach
    void load() throws IOException {
        classifier = AnytimeClassifier.load(TinyModel.write(folder));
    }

    private static List<Answer> answers(AnytimeClassifier classifier, Budget budget) {
        return IntStream.range(0, IMAGES)
                .mapToObj(seed -> classifier.classify(TinyModel.image(seed), budget))
                .toList();
    }

    @Test
    void aLoadedChainTellsWhatItExpects() {
        assertThat(classifier.height()).isEqualTo(6);
        assertThat(classifier.width()).isEqualTo(5);
        assertThat(classifier.channels()).isEqualTo(1);
        assertThat(classifier.classNames()).containsExactly("ant", "bee", "cat", "dög");
        assertThat(classifier.students()).isEqualTo(3);
        assertThat(IntStream.rangeClosed(0, 3).mapToLong(classifier::flops)).containsExactly(0L, 1000L, 3000L, 6000L);
        assertThat(classifier.teacherFlops()).isEqualTo(100_000);
        assertThat(classifier.certificates()).hasSize(2);
        assertThat(classifier.usualBudget()).isEqualTo(Budget.accuracyDrop(0.2));
    }

    @Test
    void allStudentsAnswerWithoutALimit() {
        assertThat(answers(classifier, Budget.ALL)).allSatisfy(answer -> {
            assertThat(answer.students()).isEqualTo(3);
            assertThat(answer.flops()).isEqualTo(6000);
            assertThat(answer.className()).isEqualTo(classifier.classNames().get(answer.label()));
            assertThat(answer.confidence()).isBetween(0.25, 1.0);
        });
    }

    @Test
    void limitsOfStudentsAndFlopsHoldAndTheFirstStudentIsAlwaysEvaluated() {
        byte[] image = TinyModel.image(1);
        assertThat(classifier.classify(image, Budget.ALL.withStudents(2)).students())
                .isEqualTo(2);
        assertThat(classifier.classify(image, Budget.ALL.withFlops(5999)).students())
                .isEqualTo(2);
        assertThat(classifier.classify(image, Budget.ALL.withFlops(6000)).students())
                .isEqualTo(3);
        assertThat(classifier.classify(image, Budget.ALL.withFlops(0)).students())
                .isEqualTo(1);
        assertThat(classifier.classify(image, Budget.ALL.withNanoseconds(0)).students())
                .isEqualTo(1);
        assertThat(classifier
                        .classify(image, Budget.ALL.withNanoseconds(60_000_000_000L))
                        .students())
                .isEqualTo(3);
    }

    @Test
    void stepsAreWhatTheLimitsOfStudentsGive() {
        byte[] image = TinyModel.image(3);
        Steps steps = classifier.start(image);
        for (int k = 1; k <= 3; k++) {
            assertThat(steps.hasNext()).isTrue();
            assertThat(steps.step()).isEqualTo(classifier.classify(image, Budget.ALL.withStudents(k)));
            assertThat(steps.evaluated()).isEqualTo(k);
        }
        assertThat(steps.hasNext()).isFalse();
        assertThatThrownBy(steps::step).isInstanceOf(NoSuchElementException.class);
    }

    @Test
    void aThresholdStopsTheChainWhereTheProbabilityReachesIt() {
        assertThatProbabilityStops(Budget.accuracyDrop(1), 0.6);
        assertThatProbabilityStops(Budget.threshold(), 0.7);
    }

    private void assertThatProbabilityStops(Budget budget, double threshold) {
        assertThat(answers(classifier, budget).stream().map(Answer::students).distinct())
                .hasSizeGreaterThan(1);
        for (int seed = 0; seed < IMAGES; seed++) {
            Steps steps = classifier.start(TinyModel.image(seed));
            Answer expected = steps.step();
            while (steps.hasNext() && expected.confidence() < threshold) {
                expected = steps.step();
            }
            assertThat(classifier.classify(TinyModel.image(seed), budget)).isEqualTo(expected);
        }
    }

    @Test
    void thePredictedRegretStopsTheChain() {
        List<Answer> answers = answers(classifier, classifier.usualBudget());
        assertThat(answers.stream().map(Answer::students).distinct()).hasSizeGreaterThan(1);
        for (int seed = 0; seed < IMAGES; seed++) {
            Steps steps = classifier.start(TinyModel.image(seed));
            Answer expected = steps.step();
            if (regretOfTheFirst(steps) > 0.14) {
                expected = steps.step();
            }
            assertThat(answers.get(seed).students() == 1).isEqualTo(expected.students() == 1);
        }
    }

    /** By the coefficients of {@link TinyModel} and the definitions of the features. */
    private static double regretOfTheFirst(Steps steps) {
        float[] logits = new float[TinyModel.CLASSES];
        steps.logits(logits);
        double[] sorted = IntStream.range(0, logits.length)
                .mapToDouble(c -> logits[c])
                .sorted()
                .toArray();
        double sum = IntStream.range(0, logits.length)
                .mapToDouble(c -> Math.exp(logits[c]))
                .sum();
        double first = Math.exp(sorted[3]) / sum;
        double second = Math.exp(sorted[2]) / sum;
        double entropy = IntStream.range(0, logits.length)
                .mapToDouble(c -> Math.exp(logits[c]) / sum)
                .map(p -> -p * Math.log(p))
                .sum();
        double score =
                -2 - 0.5 * Math.log(first / (1 - first)) + 0.1 * (sorted[3] - sorted[2]) + 0.2 * entropy + 0.3 * second;
        return 1 / (1 + Math.exp(-score));
    }

    @Test
    void theConfidenceIsTheProbabilityOfTheLabel() {
        Steps steps = classifier.start(TinyModel.image(5));
        Answer answer = steps.step();
        float[] logits = new float[TinyModel.CLASSES];
        steps.logits(logits);
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit);
        }
        assertThat(answer.confidence()).isCloseTo(Math.exp(logits[answer.label()]) / sum, within(1e-9));
    }

    @Test
    void aDropWithoutACertificateIsRefusedByName() throws IOException {
        assertThatThrownBy(() -> classifier.classify(TinyModel.image(0), Budget.accuracyDrop(0.3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected an accuracy drop that the model is certified for (0.2, 1.0), got 0.3");
        AnytimeClassifier without = AnytimeClassifier.load(TinyModel.write(folder.resolve("other"), List.of()));
        assertThat(without.usualBudget()).isEqualTo(Budget.threshold());
        assertThatThrownBy(() -> without.classify(TinyModel.image(0), Budget.accuracyDrop(0.2)))
                .hasMessageContaining("none: calibrate the run");
    }

    @Test
    void imagesOfAnotherSizeAreRefused() {
        assertThatThrownBy(() -> classifier.classify(new byte[29]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected 30 bytes for an image of 6x5x1, got 29");
        assertThatThrownBy(() -> classifier.start(new byte[31])).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void startKeepsACopyOfTheImage() {
        byte[] image = TinyModel.image(8);
        Steps steps = classifier.start(image);
        java.util.Arrays.fill(image, (byte) 0);
        assertThat(steps.step()).isEqualTo(classifier.classify(TinyModel.image(8), Budget.ALL.withStudents(1)));
    }

    @Test
    void aModelOfTransposedImagesTakesThemAsTheyAreInFiles() throws IOException {
        Path other = TinyModel.write(folder.resolve("transposed"));
        Path model = other.resolve("model.json");
        Files.writeString(
                model,
                Files.readString(model).replace("\"orientation\": \"normal\"", "\"orientation\": \"transposed\""));
        AnytimeClassifier turning = AnytimeClassifier.load(other);

        assertThat(turning.isTransposed()).isTrue();
        assertThat(turning.height()).isEqualTo(5);
        assertThat(turning.width()).isEqualTo(6);
        for (int seed = 0; seed < IMAGES; seed++) {
            byte[] image = TinyModel.image(seed);
            byte[] transposed = new byte[image.length];
            for (int i = 0; i < image.length; i++) {
                transposed[i % 5 * 6 + i / 5] = image[i];
            }
            assertThat(turning.classify(transposed, Budget.ALL)).isEqualTo(classifier.classify(image, Budget.ALL));
        }
    }

    @Test
    void aSerialisedChainGivesTheSameAnswers() throws IOException, ClassNotFoundException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(classifier);
        }
        AnytimeClassifier copy;
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            copy = (AnytimeClassifier) in.readObject();
        }
        assertThat(answers(copy, copy.usualBudget())).isEqualTo(answers(classifier, classifier.usualBudget()));
        assertThat(answers(copy, Budget.ALL)).isEqualTo(answers(classifier, Budget.ALL));
    }

    @Test
    void eightThreadsGiveTheAnswersOfOne() throws ExecutionException, InterruptedException {
        List<Answer> expected = answers(classifier, classifier.usualBudget());
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<List<Answer>>> results = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                results.add(threads.submit(() -> answers(classifier, classifier.usualBudget())));
            }
            for (Future<List<Answer>> result : results) {
                assertThat(result.get()).isEqualTo(expected);
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void noTwoCallsGetTheSameWorkspace() {
        Workspaces workspaces = new Workspaces();
        Steps steps = classifier.start(TinyModel.image(1));
        workspaces.giveBack(steps);

        assertThat(workspaces.take()).isSameAs(steps);
        assertThat(workspaces.take()).isNull();
    }

    /** The students of the image before must not count for the first of the next. */
    @Test
    void whatWasSaidOfAnImageIsForgottenForTheNext() {
        Budget first = Budget.ALL.withStudents(1);
        Answer alone = classifier.start(TinyModel.image(7)).step();
        classifier.classify(TinyModel.image(8), Budget.ALL);

        assertThat(classifier.classify(TinyModel.image(7), first)).isEqualTo(alone);
    }

    @Test
    void aCallAllocatesNothingButItsAnswer() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        byte[] image = TinyModel.image(2);
        Budget budget = classifier.usualBudget();
        answers(classifier, budget);
        long thread = Thread.currentThread().getId();
        int calls = 1000;
        long before = threads.getThreadAllocatedBytes(thread);
        for (int i = 0; i < calls; i++) {
            classifier.classify(image, budget);
        }
        long bytes = (threads.getThreadAllocatedBytes(thread) - before) / calls;
        // A header, two references or numbers of four bytes, two of eight.
        assertThat(bytes).isLessThanOrEqualTo(48);
    }

    @Test
    void theUsualBudgetIsTheThresholdOfTheRunWhereNothingIsCertified() throws IOException {
        AnytimeClassifier with = AnytimeClassifier.load(TinyModel.write(
                folder.resolve("one"), List.of(TinyModel.certificate(0.5, ExitRule.Kind.CONFIDENCE, 0.7))));
        assertThat(with.usualBudget()).isEqualTo(Budget.accuracyDrop(0.5));
    }
}
