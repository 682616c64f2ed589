package io.mambapkd.validate;

import java.util.List;
import java.util.function.Function;
import java.util.function.IntToDoubleFunction;

/**
 * How far the results of a case move on the specification alone when its images move by about a rounding. Of values at the bend of a ReLU, or of maxima that are nearly equal, a rounding decides
 * which way a whole gradient goes, so that two correct backends may differ by it.
 */
final class Sensitivity {
    /** Some times what two backends differ by in front of a bend, and little where there is none. */
    private static final double MOVE = 1e-5;
    /** Ways to move: by patterns of signs that have ever longer runs. */
    private static final int PATTERNS = 4;
    /** What moves one way on one backend may move the other way on the other one. */
    private static final double BOTH = 2;

    private Sensitivity() {}

    /**
     * @param results of the case as it is
     * @param moved makes the same case with images to whose i-th value something is added
     * @return of each result the largest difference that may come from that
     */
    static double[] of(Operation operation, List<TrialResult> results, Function<IntToDoubleFunction, Trial> moved) {
        double[] moves = new double[results.size()];
        for (int pattern = 0; pattern < PATTERNS; pattern++) {
            int bit = 1 << pattern;
            add(moves, operation, results, moved.apply(i -> (i & bit) == 0 ? MOVE : -MOVE));
            add(moves, operation, results, moved.apply(i -> (i & bit) == 0 ? -MOVE : MOVE));
        }
        return moves;
    }

    private static void add(double[] moves, Operation operation, List<TrialResult> results, Trial trial) {
        try (trial) {
            operation.work().run(trial);
            for (int i = 0; i < moves.length; i++) {
                float[] values = results.get(i).values();
                float[] others = trial.results().get(i).values();
                for (int k = 0; k < values.length; k++) {
                    moves[i] = Math.max(moves[i], BOTH * Math.abs((double) values[k] - others[k]));
                }
            }
        }
    }
}
