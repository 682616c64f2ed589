package io.mambapkd.bench.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class SamplesTest {
    @Test
    void medianOfAnOddNumberOfBlocksIsTheMiddleOne() {
        assertThat(new Samples(List.of(900.0, 100.0, 200.0)).median()).isEqualTo(200);
    }

    @Test
    void medianOfAnEvenNumberOfBlocksIsTheMeanOfTheMiddleTwo() {
        assertThat(new Samples(List.of(900.0, 100.0, 200.0, 400.0)).median()).isEqualTo(300);
    }

    @Test
    void spreadIsFromTheSlowestToTheFastestBlock() {
        Samples samples = new Samples(List.of(300.0, 100.0, 200.0));
        assertThat(samples.minimum()).isEqualTo(100);
        assertThat(samples.maximum()).isEqualTo(300);
    }

    @Test
    void noBlocksHaveNoMedian() {
        assertThatThrownBy(() -> new Samples(List.of())).hasMessageContaining("at least one block");
    }
}
