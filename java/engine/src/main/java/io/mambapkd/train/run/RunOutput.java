package io.mambapkd.train.run;

import io.mambapkd.Version;
import io.mambapkd.data.ImageSet;
import io.mambapkd.distill.EarlyExit;
import io.mambapkd.distill.GroupPredictions;
import io.mambapkd.results.CalibrationRecord;
import io.mambapkd.results.EpochRecord;
import io.mambapkd.results.ReportData;
import io.mambapkd.results.RunSummary;
import io.mambapkd.results.SummaryJson;
import io.mambapkd.runtime.model.ChainDescription;
import io.mambapkd.storage.DurableFiles;
import io.mambapkd.storage.RunSums;
import io.mambapkd.train.settings.RunSpecYaml;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** Writes model.json, calibration.json, summary.json, report.html and SHA256SUMS at the end of a run. */
final class RunOutput {
    private static final int SAMPLES_PER_KIND = 8;

    private RunOutput() {}

    /**
     * @param page makes the bytes of report.html
     * @param group null for a run that only trained the teacher
     * @param calibrated its exits; null where nothing has certified them now
     * @param teacherLogits on the test images
     */
    static void write(
            RunContext context,
            Function<ReportData, byte[]> page,
            RunSummary summary,
            List<EpochRecord> epochs,
            GroupEvaluator.@Nullable Result group,
            @Nullable CalibrationRecord calibrated,
            float[] teacherLogits) {
        if (group != null) {
            writeModel(context, group, calibrated);
        }
        DurableFiles.write(context.folder().summary(), SummaryJson.write(summary));
        DurableFiles.write(
                context.folder().report(), page.apply(report(context, summary, epochs, group, teacherLogits)));
        RunSums.write(context.folder());
    }

    /** Exits that were certified before are kept where the students are still the same. */
    private static void writeModel(
            RunContext context, GroupEvaluator.Result group, @Nullable CalibrationRecord calibrated) {
        int students = group.students().size();
        ChainDescription chain = ModelFile.of(context, students, group.chosenThreshold());
        Optional<CalibrationRecord> record =
                calibrated == null ? CalibrationFile.current(context, students) : Optional.of(calibrated);
        if (record.isPresent()) {
            CalibrationFile.write(context.folder(), record.get(), chain);
        } else {
            CalibrationFile.remove(context.folder());
            DurableFiles.write(context.folder().model(), chain.json().getBytes(StandardCharsets.UTF_8));
        }
    }

    /** What report.html shows, with what calibration.json holds; arguments as in {@link #write}. */
    static ReportData report(
            RunContext context,
            RunSummary summary,
            List<EpochRecord> epochs,
            GroupEvaluator.@Nullable Result group,
            float[] teacherLogits) {
        ImageSet test = context.testImages();
        List<ReportData.Sample> samples = new ArrayList<>();
        for (int sample : chooseSamples(test, group)) {
            samples.add(sample(test, sample, group, teacherLogits));
        }
        return new ReportData(
                summary,
                epochs,
                RunSpecYaml.write(context.spec()),
                samples,
                group == null ? ReportData.Examples.NONE : ExampleImages.of(test, group.test(), teacherLogits),
                context.dataset().classNames(),
                Version.current(),
                Instant.now(),
                CalibrationFile.read(context.folder(), summary));
    }

    /** First the images that stop earliest, then the ones that need the whole chain, then those the group gets wrong: the first of each kind. */
    private static List<Integer> chooseSamples(ImageSet test, GroupEvaluator.@Nullable Result group) {
        List<Integer> chosen = new ArrayList<>();
        if (group == null) {
            addFirst(chosen, test.size(), sample -> true);
            return chosen;
        }
        GroupPredictions predictions = group.test();
        int last = predictions.students() - 1;
        double threshold = group.chosenThreshold();
        addFirst(chosen, test.size(), sample -> EarlyExit.exit(predictions, threshold, sample) == 0);
        addFirst(
                chosen,
                test.size(),
                sample -> EarlyExit.exit(predictions, threshold, sample) == last
                        && predictions.prediction(last, sample) == predictions.label(sample));
        addFirst(chosen, test.size(), sample -> predictions.prediction(last, sample) != predictions.label(sample));
        return chosen;
    }

    private static void addFirst(List<Integer> chosen, int samples, IntPredicate wanted) {
        int added = 0;
        for (int sample = 0; sample < samples && added < SAMPLES_PER_KIND; sample++) {
            if (!chosen.contains(sample) && wanted.test(sample)) {
                chosen.add(sample);
                added++;
            }
        }
    }

    private static ReportData.Sample sample(
            ImageSet test, int sample, GroupEvaluator.@Nullable Result group, float[] teacherLogits) {
        int teacher = GroupPredictions.answer(teacherLogits, sample, test.classes());
        return new ReportData.Sample(
                sample, pixels(test, sample), test.shape(), test.label(sample), teacher, chain(sample, group));
    }

    /** (H, W, C) of one image, as in its file. */
    static byte[] pixels(ImageSet images, int sample) {
        int elements = images.shape().elements();
        return Arrays.copyOfRange(images.pixels(), sample * elements, (sample + 1) * elements);
    }

    private static ReportData.@Nullable Chain chain(int sample, GroupEvaluator.@Nullable Result group) {
        if (group == null) {
            return null;
        }
        GroupPredictions predictions = group.test();
        int stop = EarlyExit.exit(predictions, group.chosenThreshold(), sample);
        return new ReportData.Chain(
                predictions.prediction(predictions.students() - 1, sample),
                predictions.prediction(stop, sample),
                stop + 1,
                predictions.confidence(stop, sample));
    }
}
