package io.mambapkd.train.run;

import io.mambapkd.Problem;
import io.mambapkd.distill.GroupPredictions;
import io.mambapkd.distill.calibration.BinomialTail;
import io.mambapkd.distill.calibration.ExitScores;
import io.mambapkd.distill.calibration.LearnThenTest;
import io.mambapkd.distill.calibration.Monotony;
import io.mambapkd.distill.calibration.Parts;
import io.mambapkd.distill.calibration.RegretFit;
import io.mambapkd.distill.calibration.RuleFigures;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.results.CalibrationRecord;
import io.mambapkd.results.Format;
import io.mambapkd.runtime.exit.RegretPredictor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Fits and certifies the exits of a chain from what it says of calibration images, and evaluates them on other images. */
final class Certification {
    private static final int SPLITS = 200;

    private final CalibrationRequest request;
    private final List<String> students;
    private final List<String> hashes;
    private final List<Long> flops;
    private final long teacherFlops;
    private final long seed;

    Certification(RunContext context, List<StudentSpec> students, CalibrationRequest request) {
        this.request = request;
        this.students = students.stream().map(StudentSpec::name).toList();
        this.hashes = ModelFile.hashes(context, students.size());
        this.flops = students.stream().map(context::flops).toList();
        this.teacherFlops = context.teacherFlops();
        this.seed = context.spec().seed();
    }

    /**
     * @param images number of calibration images
     * @throws NoCertificateException if they are too few for every drop
     */
    void requireEnough(int images) {
        Parts parts = Parts.fitAndCertify(Math.max(1, images));
        double largest = request.drops().get(request.drops().size() - 1);
        int needed = needed(largest);
        if (parts.first().length == 0 || parts.second().length < needed) {
            throw new NoCertificateException(new Problem(
                    "expected at least " + Format.count(Parts.imagesFor(needed))
                            + " calibration images, of which " + Format.count(needed) + " certify "
                            + promise(largest) + ", got " + Format.count(images),
                    "take more images, a larger drop, or a lower confidence"));
        }
    }

    private int needed(double drop) {
        return BinomialTail.imagesNeeded(drop / 100, request.confidence());
    }

    private String promise(double drop) {
        return "a drop of at most " + Format.plain(drop) + " points with a confidence of "
                + Format.plain(request.confidence());
    }

    /**
     * @param calibration what the chain says of images that no model has learned
     * @param test what it says of others
     * @throws NoCertificateException if nothing can be certified
     */
    CalibrationRecord of(GroupPredictions calibration, GroupPredictions test) {
        Parts parts = Parts.fitAndCertify(calibration.samples());
        List<RegretPredictor> predictors = RegretFit.fit(calibration.chosen(parts.first()));
        GroupPredictions certifying = calibration.chosen(parts.second());
        ExitScores regret = ExitScores.regret(certifying, predictors);
        ExitScores confidence = ExitScores.confidence(certifying);
        ExitScores testRegret = ExitScores.regret(test, predictors);
        ExitScores testConfidence = ExitScores.confidence(test);
        List<CalibrationRecord.Drop> drops = new ArrayList<>();
        List<String> notes = new ArrayList<>(notes());
        for (double drop : request.drops()) {
            Optional<CalibrationRecord.Rule> certified = rule(regret, testRegret, drop);
            drops.add(
                    new CalibrationRecord.Drop(drop, needed(drop), certified, rule(confidence, testConfidence, drop)));
            if (certified.isEmpty()) {
                notes.add(why(drop, certifying.samples()));
            }
        }
        if (drops.stream().allMatch(drop -> drop.regret().isEmpty())) {
            throw new NoCertificateException(
                    new Problem(notes.get(notes.size() - 1), "take more images, a larger drop, or a lower confidence"));
        }
        Monotony monotony = Monotony.of(test);
        int last = students.size() - 1;
        return new CalibrationRecord(
                CalibrationRecord.FORMAT_VERSION,
                request.from().name().toLowerCase(Locale.ROOT),
                students,
                hashes,
                predictors.stream().map(Certification::coefficients).toList(),
                parts.first().length,
                certifying.samples(),
                test.samples(),
                request.confidence(),
                test.prefixAccuracy(last),
                ratio(flops.stream().mapToDouble(Long::doubleValue).sum()),
                drops,
                new CalibrationRecord.Monotony(Monotony.FALL, monotony.falling(), monotony.lost()),
                SPLITS,
                notes);
    }

    private static List<Double> coefficients(RegretPredictor predictor) {
        return Arrays.stream(predictor.coefficients()).boxed().toList();
    }

    /** What limits all promises. */
    private List<String> notes() {
        return switch (request.from()) {
            case CALIBRATION -> List.of();
            case VALIDATION ->
                List.of(
                        "the validation images calibrated, on which the run has also made its choices, so that the promises"
                                + " hold less strictly than with images of their own");
            case TEST ->
                List.of("a random half of the test images calibrated, and all figures are those of the other half");
        };
    }

    private String why(double drop, int images) {
        int needed = needed(drop);
        return images < needed
                ? promise(drop) + " is not certified: expected at least " + Format.count(needed)
                        + " images to certify it, got " + Format.count(images)
                : promise(drop) + " is not certified: the chain breaks it with the strictest threshold on "
                        + Format.count(images) + " images";
    }

    private Optional<CalibrationRecord.Rule> rule(ExitScores certifying, ExitScores test, double drop) {
        return LearnThenTest.choose(certifying, drop / 100, request.confidence())
                .map(passed -> rule(passed, test, drop));
    }

    private CalibrationRecord.Rule rule(LearnThenTest.Passed passed, ExitScores test, double drop) {
        RuleFigures figures = RuleFigures.of(test, passed.threshold(), flops);
        return new CalibrationRecord.Rule(
                passed.threshold(),
                passed.failures(),
                passed.level(),
                figures.accuracy(),
                ratio(figures.averageFlops()),
                figures.exits(),
                figures.broken(),
                RuleFigures.promisesBroken(test, passed.threshold(), drop / 100, SPLITS, seed));
    }

    private double ratio(double flopsOfChain) {
        return flopsOfChain / teacherFlops;
    }
}
