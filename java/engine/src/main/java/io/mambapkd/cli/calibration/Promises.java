package io.mambapkd.cli.calibration;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.cli.text.Numbers;
import java.util.List;
import java.util.TreeSet;

/** Reads what is to be promised from the options of {@code calibrate}. */
final class Promises {
    static final String DROPS = "--max-accuracy-drop";
    static final String CONFIDENCE = "--confidence";

    /** In points; it needs three million images. */
    private static final double SMALLEST_DROP = 1e-4;

    private Promises() {}

    /**
     * @param text numbers with commas between them
     * @return drops in points, ascending, each once
     * @throws InputException if one is no number from {@link #SMALLEST_DROP} to 100
     */
    static List<Double> drops(String text) {
        TreeSet<Double> drops = new TreeSet<>();
        for (String part : text.split(",", -1)) {
            double drop = Numbers.decimal(part.strip());
            if (!(drop >= SMALLEST_DROP && drop <= 100)) {
                throw new InputException(new Problem(
                        "expected " + DROPS + " as points of accuracy from 0.0001 to 100, got '" + part + "' in '"
                                + text + "'",
                        "write such as 0.2,0.5,1.0"));
            }
            drops.add(drop);
        }
        return List.copyOf(drops);
    }

    /** @throws InputException if it is no number between 0 and 1 */
    static double confidence(String text) {
        double confidence = Numbers.decimal(text.strip());
        if (!(confidence > 0 && confidence < 1)) {
            throw new InputException(new Problem(
                    "expected " + CONFIDENCE + " above 0 and below 1, got '" + text + "'", "write such as 0.95"));
        }
        return confidence;
    }
}
