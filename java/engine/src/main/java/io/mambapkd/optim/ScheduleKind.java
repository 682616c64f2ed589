package io.mambapkd.optim;

/** How a learning rate goes up to its peak and down again. */
public enum ScheduleKind {
    /** {@link LearningRateSchedule#oneCycle}. */
    ONECYCLE {
        @Override
        public LearningRateSchedule of(double peak, long totalSteps, double warmup) {
            return LearningRateSchedule.oneCycle(peak, totalSteps, warmup);
        }
    },
    /** {@link LearningRateSchedule#cosine}, down to 0. */
    COSINE {
        @Override
        public LearningRateSchedule of(double peak, long totalSteps, double warmup) {
            return LearningRateSchedule.cosine(peak, 0, (long) (warmup * totalSteps), totalSteps);
        }
    };

    /**
     * @param totalSteps at least 1
     * @param warmup share of the steps before the peak, in [0, 1)
     */
    public abstract LearningRateSchedule of(double peak, long totalSteps, double warmup);
}
