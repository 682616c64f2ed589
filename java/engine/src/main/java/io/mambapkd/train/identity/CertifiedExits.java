package io.mambapkd.train.identity;

import io.mambapkd.results.CalibrationRecord;
import io.mambapkd.runtime.exit.Certificate;
import io.mambapkd.runtime.exit.ExitRule;
import io.mambapkd.runtime.exit.RegretPredictor;
import java.util.List;

/** What model.json says of exits, which is what calibration.json has found. */
public final class CertifiedExits {
    private CertifiedExits() {}

    /** One for each student but the last. */
    public static List<RegretPredictor> predictors(CalibrationRecord calibration) {
        return calibration.regret().stream()
                .map(coefficients -> new RegretPredictor(
                        coefficients.stream().mapToDouble(Double::doubleValue).toArray()))
                .toList();
    }

    /** One for each drop that something certifies. */
    public static List<Certificate> certificates(CalibrationRecord calibration) {
        return calibration.drops().stream()
                .flatMap(drop -> drop.regret().stream()
                        .map(rule -> new Certificate(
                                drop.maximumAccuracyDrop(),
                                calibration.confidence(),
                                new ExitRule(ExitRule.Kind.REGRET, rule.threshold()),
                                calibration.certifyingImages())))
                .toList();
    }
}
