package io.mambapkd.bench.saves;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.results.EpochRecord;
import io.mambapkd.train.step.TrainingSaves;
import io.mambapkd.train.step.TrainingState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SaveTurnsTest {
    private static final long MILLISECOND = 1_000_000;

    private long now = 5 * MILLISECOND;
    private long steps;
    private final List<Long> saved = new ArrayList<>();
    private final SaveTurns turns = new SaveTurns(
            new AlwaysDue(), note -> {}, new SaveTurns.Length(3 * MILLISECOND, 10 * MILLISECOND, 2), () -> now);

    /** What is measured: a save at every step. */
    private final class AlwaysDue implements TrainingSaves {
        @Override
        public Optional<TrainingState> begun() {
            return Optional.empty();
        }

        @Override
        public boolean due() {
            return true;
        }

        @Override
        public void save(TrainingState state) {
            saved.add(state.step());
        }

        @Override
        public void saveNow(TrainingState state) {
            throw new AssertionError("the state of a measured training was kept");
        }

        @Override
        public void stageFinished() {
            // Not part of this.
        }
    }

    /** A step of a training, which takes 1 ms, and 0.5 ms more with a save. */
    private void step() {
        if (turns.due()) {
            turns.save(new TrainingState("teacher", steps, 1000, 0, 0, 0, List.of(), Map.of()));
            now += MILLISECOND / 2;
        }
        now += MILLISECOND;
        steps++;
        turns.progress("teacher", steps, 1000, 1, 0.5, 100);
    }

    @Test
    void blocksWithSavesAndWithoutTakeTurnsAfterAWarmUp() {
        while (!turns.stopRequested()) {
            step();
        }

        assertThat(turns.with()).containsExactly(1500.0, 1500.0);
        assertThat(turns.without()).containsExactly(1000.0, 1000.0);
        // Two steps of warm-up; then 7 with saves, 10 and 10 without, and 7 with.
        assertThat(saved).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 29L, 30L, 31L, 32L, 33L, 34L, 35L);
        assertThat(turns.written()).isEqualTo(14);
    }

    @Test
    void theTimeBetweenEpochsDoesNotCount() {
        while (!turns.stopRequested()) {
            step();
            if (steps % 4 == 0) {
                now += 500 * MILLISECOND;
                turns.epochFinished(new EpochRecord("teacher", 1, 9, 1, 0.5, 0.5, 0.1, 100, 1));
            }
        }

        assertThat(turns.with()).containsExactly(1500.0, 1500.0);
        assertThat(turns.without()).containsExactly(1000.0, 1000.0);
    }
}
