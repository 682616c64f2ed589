package io.mambapkd.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class ChartAxesTest {
    private static final double ROUNDING = 1e-9;

    @Test
    void everyDecadeOfALogarithmicAxisIsAsLong() {
        LogAxis axis = new LogAxis(0.001, 1, 100, 400);

        assertThat(axis.position(0.001)).isCloseTo(100, within(ROUNDING));
        assertThat(axis.position(0.01)).isCloseTo(200, within(ROUNDING));
        assertThat(axis.position(0.1)).isCloseTo(300, within(ROUNDING));
        assertThat(axis.position(1)).isCloseTo(400, within(ROUNDING));
    }

    @Test
    void ticksAreDecadesFirstThenFivesTwosAndThrees() {
        assertThat(new LogAxis(0.1, 10, 0, 100).ticks(40)).containsExactly(0.1, 1.0, 10.0);
        assertThat(new LogAxis(0.1, 10, 0, 200).ticks(29)).containsExactly(0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0);
        assertThat(new LogAxis(0.1, 10, 0, 600).ticks(30))
                .containsExactly(0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0);
    }

    @Test
    void ticksOfAReversedAxisAreTheSame() {
        assertThat(new LogAxis(10, 0.1, 0, 100).ticks(40)).containsExactly(0.1, 1.0, 10.0);
    }

    @Test
    void anAxisWithoutExtentOrFromZeroIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new LogAxis(1, 1, 0, 100));
        assertThatIllegalArgumentException().isThrownBy(() -> new LogAxis(0, 1, 0, 100));
    }

    @Test
    void accuraciesAreLaidOutByTheirError() {
        AccuracyAxis axis = new AccuracyAxis(new LogAxis(0.1, 0.001, 400, 0), 1e-4);

        assertThat(axis.position(0.9)).isCloseTo(400, within(ROUNDING));
        assertThat(axis.position(0.99)).isCloseTo(200, within(ROUNDING));
        assertThat(axis.position(0.999)).isCloseTo(0, within(ROUNDING));
    }

    @Test
    void differencesNearNinetyNineAndAHalfStayReadable() {
        AccuracyAxis axis = AccuracyAxis.holding(List.of(0.72, 0.9957), 10_000, 446, 34);

        // A linear axis from 72 % to 99.6 % of this height would keep 9 pixels.
        assertThat(axis.position(0.99) - axis.position(0.996)).isGreaterThan(60);
    }

    @Test
    void theAxisHoldsAllAccuraciesWithRoomToSpare() {
        AccuracyAxis axis = AccuracyAxis.holding(List.of(0.5, 0.98, 0.999), 10_000, 400, 0);

        assertThat(axis.position(0.5)).isBetween(350.0, 395.0);
        assertThat(axis.position(0.999)).isBetween(5.0, 50.0);
    }

    @Test
    void noErrorAtAllIsDrawnAsHalfAnImage() {
        AccuracyAxis axis = AccuracyAxis.holding(List.of(0.9, 1.0), 100, 400, 0);

        assertThat(axis.position(1.0))
                .isCloseTo(axis.position(0.995), within(ROUNDING))
                .isBetween(5.0, 60.0);
    }

    @Test
    void oneSingleAccuracyGivesAnAxisToo() {
        assertThat(AccuracyAxis.holding(List.of(0.0), 10, 400, 0).position(0)).isBetween(0.0, 400.0);
        assertThat(AccuracyAxis.holding(List.of(1.0), 10, 400, 0).position(1)).isBetween(0.0, 400.0);
    }

    @Test
    void labelsOfTicksHaveAsManyDecimalsAsTheyNeed() {
        assertThat(AccuracyAxis.label(1 - 0.005)).isEqualTo("99.5\u00a0%");
        assertThat(AccuracyAxis.label(0.9)).isEqualTo("90\u00a0%");
        assertThat(AccuracyAxis.label(1)).isEqualTo("100\u00a0%");
    }
}
