package io.mambapkd.results;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ConfusionTest {
    @Test
    void theMostFrequentComesFirstAndTiesAreInTheOrderOfLabelAndAnswer() {
        List<List<Integer>> counts = List.of(List.of(5, 2, 1), List.of(2, 8, 0), List.of(4, 2, 2));

        assertThat(Confusion.worst(counts, 4))
                .containsExactly(
                        new Confusion(2, 0, 4, 8),
                        new Confusion(0, 1, 2, 8),
                        new Confusion(1, 0, 2, 10),
                        new Confusion(2, 1, 2, 8));
    }

    @Test
    void aClassThatIsNeverWrongAndPairsThatDoNotOccurAreLeftOut() {
        List<List<Integer>> counts = List.of(List.of(9, 0, 0), List.of(0, 6, 3), List.of(0, 0, 4));

        assertThat(Confusion.worst(counts, 8)).containsExactly(new Confusion(1, 2, 3, 9));
        assertThat(new Confusion(1, 2, 3, 9).share()).isEqualTo(1 / 3.0);
    }

    @Test
    void withoutErrorsOrCountsThereAreNone() {
        assertThat(Confusion.worst(List.of(List.of(3, 0), List.of(0, 0)), 8)).isEmpty();
        assertThat(Confusion.worst(List.of(), 8)).isEmpty();
    }
}
