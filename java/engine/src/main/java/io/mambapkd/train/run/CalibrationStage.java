package io.mambapkd.train.run;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.checkpoint.Checkpoint;
import io.mambapkd.data.ImageSet;
import io.mambapkd.distill.EarlyExit;
import io.mambapkd.distill.GroupPredictions;
import io.mambapkd.distill.Scheme;
import io.mambapkd.distill.calibration.Parts;
import io.mambapkd.model.Classifier;
import io.mambapkd.model.MambaStudent;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.nn.Precision;
import io.mambapkd.results.CalibrationRecord;
import io.mambapkd.runtime.model.ChainDescription;
import io.mambapkd.train.settings.RunSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
        Certification certification = stage.certification(request);
        CalibrationRecord calibration = switch (request.from()) {
            case CALIBRATION -> stage.calibrate(certification, required(context));
            case VALIDATION -> stage.calibrate(certification, context.dataset().validation());
            case TEST -> stage.calibrateOnHalf(certification);
        };
        ChainDescription chain = ModelFile.of(context, students, stage.threshold());
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
            return Optional.of(stage.calibrate(stage.certification(CalibrationRequest.USUAL), images.get()));
        } catch (NoCertificateException none) {
            context.listener()
                    .note("early exits are not certified: " + none.problem().text());
            return Optional.empty();
        }
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

    private CalibrationRecord calibrate(Certification certification, ImageSet images) {
        certification.requireEnough(images.size());
        List<GroupPredictions> found = predictions(List.of(images, context.testImages()));
        return certification.of(found.get(0), found.get(1));
    }

    private CalibrationRecord calibrateOnHalf(Certification certification) {
        ImageSet test = context.testImages();
        Parts halves = Parts.stratifiedHalves(test.labels(), test.classes());
        certification.requireEnough(halves.first().length);
        GroupPredictions all = predictions(List.of(test)).get(0);
        return certification.of(all.chosen(halves.first()), all.chosen(halves.second()));
    }

    /** The threshold of the largest probability that the run would choose. */
    private double threshold() {
        GroupPredictions validation =
                predictions(List.of(context.dataset().validation())).get(0);
        List<Long> flops = students.stream().map(context::flops).toList();
        return GroupEvaluator.threshold(context.spec(), validation, EarlyExit.evaluate(validation, flops));
    }

    /** What the chain says of the images of some sets. */
    private List<GroupPredictions> predictions(List<ImageSet> sets) {
        context.listener().stageStarted(STAGE);
        RunSpec spec = context.spec();
        Scheme scheme = spec.student().scheme();
        List<GroupPredictions> predictions = new ArrayList<>();
        sets.forEach(set -> predictions.add(new GroupPredictions(set.labels(), set.classes())));
        ImageSet any = sets.get(0);
        for (int k = 0; k < students.size(); k++) {
            StudentSpec model = students.get(k);
            double keep = scheme.ensembleWeight(k + 1, spec.student().blend());
            double weight = scheme.studentWeight(k + 1, spec.student().blend());
            try (Classifier student = new MambaStudent(
                    context.backend(),
                    model,
                    any.shape(),
                    any.classes(),
                    spec.student().batch())) {
                Checkpoint.load(
                        context.folder().student(k + 1, model.name()),
                        student.parameters(),
                        context.backend(),
                        context.listener()::note);
                for (int i = 0; i < sets.size(); i++) {
                    GroupPredictions group = predictions.get(i);
                    group.join(context.logits(student, sets.get(i), group), keep, weight);
                }
            }
        }
        return predictions;
    }
}
