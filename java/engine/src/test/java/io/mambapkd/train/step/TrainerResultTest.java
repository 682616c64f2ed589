package io.mambapkd.train.step;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.results.EpochRecord;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrainerResultTest {
    private static EpochRecord epoch(int number, double accuracy, double imagesPerSecond, double seconds) {
        return new EpochRecord("teacher", number, 2, 0.5, accuracy - 0.25, accuracy, 0.001, imagesPerSecond, seconds);
    }

    @Test
    void accuraciesAreOfTheLastEpochAndTimesOfAll() {
        Trainer.Result result = Trainer.Result.of(List.of(epoch(1, 0.5, 100, 3), epoch(2, 0.75, 300, 1.5)));

        assertThat(result).isEqualTo(new Trainer.Result(0.75, 0.5, 150, 4.5));
    }
}
