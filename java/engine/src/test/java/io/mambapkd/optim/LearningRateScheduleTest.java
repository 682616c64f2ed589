package io.mambapkd.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LearningRateScheduleTest {
    @Test
    void oneCycleStartsAtATwentiethPeaksAfterTheWarmUpAndEndsAtATwoThousandth() {
        LearningRateSchedule schedule = LearningRateSchedule.oneCycle(0.02, 100, 0.15);
        assertThat(schedule.at(0)).isCloseTo(0.001, within(1e-12));
        assertThat(schedule.at(14)).isCloseTo(0.02, within(1e-12));
        assertThat(schedule.at(99)).isCloseTo(0.00001, within(1e-12));
    }

    @Test
    void oneCycleRisesToThePeakAndFallsAfterIt() {
        LearningRateSchedule schedule = LearningRateSchedule.oneCycle(1, 40, 0.25);
        for (int step = 1; step < 40; step++) {
            double change = schedule.at(step) - schedule.at(step - 1);
            assertThat(change > 0).as("step %d", step).isEqualTo(step <= 9);
        }
    }

    @Test
    void oneCycleOfASingleStepIsThePeak() {
        assertThat(LearningRateSchedule.oneCycle(0.5, 1, 0.3).at(0)).isEqualTo(0.5);
    }

    /** numpy.interp(k, [0, 22, 99], [0.2, 1, 0.07]) at 0, 11, 22, 60 and 98. */
    @Test
    void triangleIsStraightUpAndStraightDown() {
        LearningRateSchedule schedule = LearningRateSchedule.triangle(10, 99, 0.2, 0.23, 0.07);
        assertThat(schedule.at(0)).isCloseTo(2, within(1e-12));
        assertThat(schedule.at(11)).isCloseTo(6, within(1e-12));
        assertThat(schedule.at(22)).isCloseTo(10, within(1e-12));
        assertThat(schedule.at(60)).isCloseTo(5.41038961038961, within(1e-12));
        assertThat(schedule.at(98)).isCloseTo(0.820779220779221, within(1e-12));
    }

    @Test
    void triangleWithoutAWarmUpBeginsAtThePeak() {
        assertThat(LearningRateSchedule.triangle(3, 4, 0.2, 0, 0).at(0)).isEqualTo(3);
        assertThat(LearningRateSchedule.triangle(3, 1, 0.2, 0.5, 0).at(0)).isEqualTo(3);
    }

    @Test
    void cosineWarmsUpLinearlyAndIsHalfWayInTheMiddle() {
        LearningRateSchedule schedule = LearningRateSchedule.cosine(1, 0.1, 4, 24);
        assertThat(schedule.at(0)).isCloseTo(0.25, within(1e-12));
        assertThat(schedule.at(3)).isCloseTo(1, within(1e-12));
        assertThat(schedule.at(14)).isCloseTo(0.55, within(1e-12));
        assertThat(schedule.at(24)).isCloseTo(0.1, within(1e-12));
        assertThat(schedule.at(1000)).isCloseTo(0.1, within(1e-12));
    }

    /** A fifth of 10 steps up, then 8 steps down to 0, half of the peak after 4 of them. */
    @Test
    void aScheduleOfTheKindCosineEndsAtZero() {
        LearningRateSchedule schedule = ScheduleKind.COSINE.of(2, 10, 0.2);
        assertThat(schedule.at(0)).isCloseTo(1, within(1e-12));
        assertThat(schedule.at(2)).isCloseTo(2, within(1e-12));
        assertThat(schedule.at(6)).isCloseTo(1, within(1e-12));
        assertThat(schedule.at(10)).isCloseTo(0, within(1e-12));
        assertThat(ScheduleKind.ONECYCLE.of(2, 10, 0.2).at(0)).isCloseTo(0.1, within(1e-12));
    }
}
