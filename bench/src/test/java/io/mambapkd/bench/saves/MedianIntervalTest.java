package io.mambapkd.bench.saves;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MedianIntervalTest {
    private static List<Double> upTo(int n) {
        return IntStream.rangeClosed(1, n).mapToObj(i -> (double) i).toList();
    }

    /** Ranks of tables for the sign test: 1 and 6, 2 and 9, 6 and 15, 10 and 21. */
    @Test
    void itsRanksAreThoseOfTheBinomialDistribution() {
        assertThat(MedianInterval.of(upTo(6))).isEqualTo(new MedianInterval(3.5, 1, 6));
        assertThat(MedianInterval.of(upTo(10))).isEqualTo(new MedianInterval(5.5, 2, 9));
        assertThat(MedianInterval.of(upTo(20))).isEqualTo(new MedianInterval(10.5, 6, 15));
        assertThat(MedianInterval.of(upTo(30))).isEqualTo(new MedianInterval(15.5, 10, 21));
    }

    @Test
    void ofFewItIsAllOfThem() {
        assertThat(MedianInterval.of(upTo(1))).isEqualTo(new MedianInterval(1, 1, 1));
        assertThat(MedianInterval.of(upTo(5))).isEqualTo(new MedianInterval(3, 1, 5));
    }
}
