package io.mambapkd.distill.calibration;

/**
 * Logistic regression by damped Newton steps: the minimum of the mean log loss plus half of {@link #PENALTY} times the squared coefficients of the standardised features. The
 * intercept is not penalised. Coefficients come back for the features as they are.
 */
final class LogisticRegression {
    /** Of the squared coefficients. */
    static final double PENALTY = 1e-3;

    /** A feature whose deviation is less than this share of its size is constant. */
    private static final double CONSTANT = 1e-9;

    private static final int MOST_STEPS = 100;
    private static final int MOST_HALVINGS = 40;
    private static final double SMALL_STEP = 1e-10;

    private final double[][] rows;
    private final boolean[] targets;
    private final int width;

    private LogisticRegression(double[][] standardised, boolean[] targets) {
        this.rows = standardised;
        this.targets = targets;
        this.width = standardised[0].length;
    }

    /**
     * Fits the probability of a target. Where all targets are alike, that is (0.5 + number of true ones) / (n + 1), whatever the features.
     *
     * @param features (n, F), n at least 1
     * @param targets (n)
     * @return the intercept, then F coefficients; all finite
     */
    static double[] fit(double[][] features, boolean[] targets) {
        int count = features[0].length;
        int positive = count(targets);
        double[] coefficients = new double[count + 1];
        if (positive == 0 || positive == targets.length) {
            coefficients[0] = StrictMath.log((positive + 0.5) / (targets.length - positive + 0.5));
            return coefficients;
        }
        double[] mean = new double[count];
        double[] deviation = new double[count];
        double[][] rows = standardised(features, mean, deviation);
        double[] fitted = new LogisticRegression(rows, targets).minimum(positive);
        coefficients[0] = fitted[0];
        for (int f = 0; f < count; f++) {
            coefficients[f + 1] = deviation[f] == 0 ? 0 : fitted[f + 1] / deviation[f];
            coefficients[0] -= coefficients[f + 1] * mean[f];
        }
        return coefficients;
    }

    private static int count(boolean[] targets) {
        int count = 0;
        for (boolean target : targets) {
            count += target ? 1 : 0;
        }
        return count;
    }

    /**
     * Rows (n, 1 + F) that begin with a one.
     *
     * @param mean (F), overwritten
     * @param deviation (F), overwritten; zero for a constant feature, whose values become zero
     */
    private static double[][] standardised(double[][] features, double[] mean, double[] deviation) {
        int n = features.length;
        double[][] rows = new double[n][mean.length + 1];
        for (int f = 0; f < mean.length; f++) {
            double sum = 0;
            for (double[] row : features) {
                sum += row[f];
            }
            mean[f] = sum / n;
            double squares = 0;
            for (double[] row : features) {
                squares += (row[f] - mean[f]) * (row[f] - mean[f]);
            }
            double found = StrictMath.sqrt(squares / n);
            deviation[f] = found <= CONSTANT * Math.max(1, Math.abs(mean[f])) ? 0 : found;
        }
        for (int i = 0; i < n; i++) {
            rows[i][0] = 1;
            for (int f = 0; f < mean.length; f++) {
                rows[i][f + 1] = deviation[f] == 0 ? 0 : (features[i][f] - mean[f]) / deviation[f];
            }
        }
        return rows;
    }

    /** Starts at the share of true targets, which the intercept alone gives. */
    private double[] minimum(int positive) {
        double[] at = new double[width];
        at[0] = StrictMath.log((double) positive / (targets.length - positive));
        double loss = loss(at);
        for (int step = 0; step < MOST_STEPS; step++) {
            double[] move = newtonStep(at);
            double[] next = moved(at, move, 1);
            double nextLoss = loss(next);
            double length = 1;
            for (int halving = 0; halving < MOST_HALVINGS && !(nextLoss <= loss); halving++) {
                length /= 2;
                next = moved(at, move, length);
                nextLoss = loss(next);
            }
            if (!(nextLoss <= loss)) {
                return at;
            }
            at = next;
            loss = nextLoss;
            if (length * largest(move) < SMALL_STEP) {
                return at;
            }
        }
        return at;
    }

    private static double[] moved(double[] from, double[] move, double length) {
        double[] to = from.clone();
        for (int i = 0; i < to.length; i++) {
            to[i] -= length * move[i];
        }
        return to;
    }

    private static double largest(double[] values) {
        double largest = 0;
        for (double value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    private double score(int row, double[] at) {
        double sum = 0;
        for (int i = 0; i < width; i++) {
            sum += rows[row][i] * at[i];
        }
        return sum;
    }

    private double loss(double[] at) {
        double sum = 0;
        for (int row = 0; row < rows.length; row++) {
            double score = score(row, at);
            double against = targets[row] ? -score : score;
            sum += Math.max(against, 0) + StrictMath.log1p(StrictMath.exp(-Math.abs(against)));
        }
        double squares = 0;
        for (int i = 1; i < width; i++) {
            squares += at[i] * at[i];
        }
        return sum / rows.length + PENALTY / 2 * squares;
    }

    /** The inverse of the Hessian times the gradient. */
    private double[] newtonStep(double[] at) {
        double[] gradient = new double[width];
        double[][] hessian = new double[width][width];
        for (int row = 0; row < rows.length; row++) {
            double probability = 1 / (1 + StrictMath.exp(-score(row, at)));
            double error = (probability - (targets[row] ? 1 : 0)) / rows.length;
            double curvature = probability * (1 - probability) / rows.length;
            for (int i = 0; i < width; i++) {
                gradient[i] += error * rows[row][i];
                for (int j = 0; j <= i; j++) {
                    hessian[i][j] += curvature * rows[row][i] * rows[row][j];
                }
            }
        }
        for (int i = 1; i < width; i++) {
            gradient[i] += PENALTY * at[i];
            hessian[i][i] += PENALTY;
        }
        return solved(hessian, gradient);
    }

    /**
     * Solves a system by Cholesky's factors.
     *
     * @param matrix symmetric and positive definite; its lower half is read, and overwritten
     * @param right overwritten by the solution
     */
    private static double[] solved(double[][] matrix, double[] right) {
        int n = right.length;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                double sum = matrix[i][j];
                for (int k = 0; k < j; k++) {
                    sum -= matrix[i][k] * matrix[j][k];
                }
                // The curvature of an intercept that is sure of every row is nearly none.
                matrix[i][j] = i == j ? StrictMath.sqrt(Math.max(sum, Double.MIN_NORMAL)) : sum / matrix[j][j];
            }
        }
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < i; k++) {
                right[i] -= matrix[i][k] * right[k];
            }
            right[i] /= matrix[i][i];
        }
        for (int i = n - 1; i >= 0; i--) {
            for (int k = i + 1; k < n; k++) {
                right[i] -= matrix[k][i] * right[k];
            }
            right[i] /= matrix[i][i];
        }
        return right;
    }
}
