package io.mambapkd.bench.saves;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MedianIntervalTest {
    private static List<Double> upTo(int n) {
        return IntStream.rangeClosed(1, n).mapToObj(i -> (double) i).toList();
    }

    @Test
    void ofThirtyItLiesBetweenTheNinthAndTheTwentySecond() {
        // Between ranks 10 and 21 of 30 lies 95.7 % of a binomial distribution; the approximation is one rank wider.
        assertThat(MedianInterval.of(upTo(30))).isEqualTo(new MedianInterval(15.5, 9, 22));
    }

    @Test
    void ofFewItIsAllOfThem() {
        assertThat(MedianInterval.of(upTo(1))).isEqualTo(new MedianInterval(1, 1, 1));
        assertThat(MedianInterval.of(upTo(5))).isEqualTo(new MedianInterval(3, 1, 5));
    }
}
