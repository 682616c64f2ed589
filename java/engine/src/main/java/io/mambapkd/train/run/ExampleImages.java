package io.mambapkd.train.run;

import io.mambapkd.data.ImageSet;
import io.mambapkd.distill.GroupPredictions;
import io.mambapkd.results.Confusion;
import io.mambapkd.results.ReportData.Example;
import io.mambapkd.results.ReportData.Examples;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Chooses the test images that show where a group errs and what its later students correct. Of more candidates than are wanted it takes some that are spread evenly over
 * the test set, so that images sorted by class do not all come from the first one.
 */
final class ExampleImages {
    private static final int CONFUSIONS = 4;
    private static final int OF_CONFUSION = 4;
    private static final int CORRECTED = 8;

    private ExampleImages() {}

    /**
     * @param test the images that were evaluated
     * @param predictions on them
     * @param teacherLogits (n, K) on them
     */
    static Examples of(ImageSet test, GroupPredictions predictions, float[] teacherLogits) {
        List<Integer> confused = new ArrayList<>();
        for (Confusion confusion : Confusion.worst(predictions.confusion(), CONFUSIONS)) {
            confused.addAll(chosen(
                    test.size(),
                    OF_CONFUSION,
                    sample -> predictions.label(sample) == confusion.label()
                            && predictions.answer(sample) == confusion.answer()));
        }
        List<Integer> corrected = chosen(
                test.size(),
                CORRECTED,
                sample -> predictions.prediction(0, sample) != predictions.label(sample)
                        && predictions.answer(sample) == predictions.label(sample));
        return new Examples(
                examples(confused, test, predictions, teacherLogits),
                examples(corrected, test, predictions, teacherLogits));
    }

    private static List<Integer> chosen(int samples, int most, IntPredicate wanted) {
        int[] all = IntStream.range(0, samples).filter(wanted).toArray();
        int count = Math.min(all.length, most);
        return IntStream.range(0, count)
                .mapToObj(i -> all[(int) ((long) i * all.length / count)])
                .toList();
    }

    private static List<Example> examples(
            List<Integer> samples, ImageSet test, GroupPredictions predictions, float[] teacherLogits) {
        int last = predictions.students() - 1;
        return samples.stream()
                .map(sample -> new Example(
                        sample,
                        RunOutput.pixels(test, sample),
                        test.shape(),
                        test.label(sample),
                        IntStream.rangeClosed(0, last)
                                .mapToObj(k -> predictions.prediction(k, sample))
                                .toList(),
                        predictions.confidence(last, sample),
                        GroupPredictions.answer(teacherLogits, sample, test.classes())))
                .toList();
    }
}
