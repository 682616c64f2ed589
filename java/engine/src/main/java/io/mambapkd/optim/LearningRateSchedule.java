package io.mambapkd.optim;

/** Learning rate as a pure function of the step: a run that is picked up in the middle needs nothing else. */
@FunctionalInterface
public interface LearningRateSchedule {
    /**
     * @param step number of optimizer steps taken before this one, from 0
     */
    double at(long step);

    /**
     * One cycle, Smith and Topin (arXiv 1708.07120) in the cosine form that is customary: from {@code peak / 20} up to {@code peak} over the first
     * {@code warmup} share of the steps, then down to {@code peak / 2000}.
     *
     * @param totalSteps at least 1
     * @param warmup in [0, 1)
     */
    static LearningRateSchedule oneCycle(double peak, long totalSteps, double warmup) {
        double first = peak / 20;
        double last = first / 100;
        double top = Math.max(0, warmup * totalSteps - 1);
        return step -> {
            double at = Math.min(step, totalSteps - 1);
            if (at <= top && top > 0) {
                return cosine(first, peak, at / top);
            }
            double down = totalSteps - 1 - top;
            return cosine(peak, last, down <= 0 ? 0 : (at - top) / down);
        };
    }

    /**
     * Straight up and straight down: {@code start * peak} before the first step, {@code peak} at step {@code floor(warmup * totalSteps)}, {@code end * peak} behind the last.
     *
     * @param start share of the peak, at least 0
     * @param warmup in [0, 1)
     * @param end share of the peak, at least 0
     */
    static LearningRateSchedule triangle(double peak, long totalSteps, double start, double warmup, double end) {
        double top = Math.floor(warmup * totalSteps);
        return step -> {
            double at = Math.min(step, totalSteps);
            double share = at < top ? start + (1 - start) * at / top : 1 + (end - 1) * (at - top) / (totalSteps - top);
            return peak * share;
        };
    }

    /**
     * Linear warm-up, then cosine to {@code minimumFraction * base}: {@code base (k+1) / warmupSteps} for k below {@code warmupSteps}, then {@code minimum + (base -
     * minimum) (1 + cos(pi (k - warmupSteps) / (totalSteps - warmupSteps))) / 2}. Loshchilov and Hutter (arXiv 1608.03983), eq. 5, without restarts.
     */
    static LearningRateSchedule cosine(double base, double minimumFraction, long warmupSteps, long totalSteps) {
        double minimum = base * minimumFraction;
        return step -> {
            if (step < warmupSteps) {
                return base * (step + 1) / warmupSteps;
            }
            if (step >= totalSteps) {
                return minimum;
            }
            return cosine(base, minimum, (double) (step - warmupSteps) / (totalSteps - warmupSteps));
        };
    }

    private static double cosine(double from, double to, double share) {
        return to + 0.5 * (1 + StrictMath.cos(Math.PI * share)) * (from - to);
    }
}
