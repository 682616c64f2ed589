package io.mambapkd.train.run;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.data.ImageSet;
import io.mambapkd.distill.EarlyExit;
import io.mambapkd.distill.GroupPredictions;
import io.mambapkd.distill.calibration.Parts;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.nn.Precision;
import io.mambapkd.results.CalibrationRecord;
import io.mambapkd.runtime.model.ChainDescription;
import io.mambapkd.storage.RunFolder;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Fits and certifies when a chain may stop early. Students are evaluated in F32, as the runtime computes, whatever they were trained in.
 */
public final class CalibrationStage {
    private static final String STAGE = "calibration";

    private final RunContext context;
    private final List<StudentSpec> students;

    /** @param students number of them that are finished */
    private CalibrationStage(RunContext context, int students) {
        this.context = context;
        this.students = context.spec().withPrecision(Precision.F32).models().subList(0, students);
    }

    /**
     * Calibrates a chain from its checkpoints, and writes model.json and calibration.json.
     *
     * @param context whose parts have students; a teacher is not needed
     * @return what calibration.json holds
     * @throws InputException if the chain has no early exit, or there are too few images for every drop; nothing is written then
     */
    public static CalibrationRecord run(RunContext context, CalibrationRequest request) {
        int students = context.parts().students();
        CalibrationStage stage = new CalibrationStage(context, students);
        ImageSet validation = context.dataset().validation();
        Found found = stage.find(request, List.of(validation));
        ChainDescription chain = ModelFile.of(context, students, stage.threshold(found.of(validation)));
        CalibrationRecord calibration = found.calibration();
        context.listener().stopIfAsked("writing the calibration");
        CalibrationFile.write(context.folder(), calibration, chain);
        return calibration;
    }

    /**
     * Calibrates the chain of a run that has just been trained, on its calibration images, with what is usual, unless its students were calibrated before. Writes nothing.
     *
     * @return empty where the run has no calibration images, too few, or a chain without an early exit; the listener is told why
     */
    static Optional<CalibrationRecord> ofRun(RunContext context, int students) {
        Optional<ImageSet> images = context.dataset().calibration();
        if (images.isEmpty()) {
            return Optional.empty();
        }
        Optional<CalibrationRecord> before = CalibrationFile.current(context, students);
        if (before.isPresent()) {
            return before;
        }
        try {
            CalibrationStage stage = new CalibrationStage(context, students);
            return Optional.of(stage.find(CalibrationRequest.USUAL, List.of()).calibration());
        } catch (NoCertificateException none) {
            context.listener()
                    .note("early exits are not certified: " + none.problem().text());
            return Optional.empty();
        }
    }

    /**
     * What calibration.json of a run folder holds; empty where there is none.
     *
     * @throws InputException if it cannot be read
     */
    public static Optional<CalibrationRecord> kept(RunFolder folder) {
        return CalibrationFile.read(folder);
    }

    private static ImageSet required(RunContext context) {
        return context.dataset()
                .calibration()
                .orElseThrow(() -> new NoCertificateException(new Problem(
                        "expected a run with calibration images, got one without, at "
                                + context.folder().path(),
                        "name others with --from validation or --from test")));
    }

    private Certification certification(CalibrationRequest request) {
        if (students.size() < 2) {
            throw new NoCertificateException(new Problem(
                    "expected at least two finished students, so that a chain can stop early, got " + students.size()
                            + ", in " + context.folder().path(),
                    "train more students, or go on with mamba-pkd distill --resume "
                            + context.folder().path()));
        }
        return new Certification(context, students, request);
    }

    /**
     * What was found.
     *
     * @param predictions of the chain on all sets that it was evaluated on
     */
    private record Found(CalibrationRecord calibration, Map<ImageSet, GroupPredictions> predictions) {
        GroupPredictions of(ImageSet images) {
            return Objects.requireNonNull(predictions.get(images));
        }
    }

    /** @param more sets to evaluate the chain on, while its students are loaded */
    private Found find(CalibrationRequest request, List<ImageSet> more) {
        Certification certification = certification(request);
        ImageSet test = context.testImages();
        ImageSet images = switch (request.from()) {
            case CALIBRATION -> required(context);
            case VALIDATION -> context.dataset().validation();
            case TEST -> test;
        };
        boolean halved = request.from() == CalibrationRequest.Source.TEST;
        Parts halves = Parts.stratifiedHalves(test.labels(), test.classes());
        certification.requireEnough(halved ? halves.first().length : images.size());
        Set<ImageSet> sets = new LinkedHashSet<>(more);
        sets.add(images);
        sets.add(test);
        Map<ImageSet, GroupPredictions> predictions = predictions(List.copyOf(sets));
        GroupPredictions calibrating = Objects.requireNonNull(predictions.get(images));
        GroupPredictions others = Objects.requireNonNull(predictions.get(test));
        return new Found(
                halved
                        ? certification.of(others.chosen(halves.first()), others.chosen(halves.second()))
                        : certification.of(calibrating, others),
                predictions);
    }

    /** The threshold of the largest probability that the run would choose. */
    private double threshold(GroupPredictions validation) {
        List<Long> flops = students.stream().map(context::flops).toList();
        return GroupEvaluator.threshold(context.spec(), validation, EarlyExit.evaluate(validation, flops));
    }

    private Map<ImageSet, GroupPredictions> predictions(List<ImageSet> sets) {
        context.listener().stageStarted(STAGE);
        List<GroupEvaluator.SavedStudent> saved = GroupEvaluator.SavedStudent.of(context.folder(), students);
        List<GroupPredictions> all =
                ChainPredictions.of(context, context.spec().student().scheme(), saved, sets, student -> {});
        Map<ImageSet, GroupPredictions> predictions = new LinkedHashMap<>();
        for (int i = 0; i < sets.size(); i++) {
            predictions.put(sets.get(i), all.get(i));
        }
        return predictions;
    }
}
