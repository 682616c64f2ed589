package io.mambapkd.results;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DataRecordTest {
    private static DataRecord record(List<Float> mean, List<Float> deviation) {
        return new DataRecord("d", "2x2x3", List.of("a", "b"), mean, deviation, 3, 2, 1, "one", "two", "three");
    }

    private static CheckpointState state(DataRecord data) {
        return new CheckpointState("0", "teacher", 0, List.of(), Map.of(), data, Map.of(), "");
    }

    @Test
    void oneNumberForAllChannelsIsWrittenAsItAlwaysWas() {
        CheckpointState state = state(record(List.of(0.1307f), List.of(0.3081f)));
        assertThat(state.write()).contains("\"mean\":0.1307,\"standardDeviation\":0.3081,\"trainingImages\":3");
        assertThat(CheckpointState.read(state.write(), "x")).isEqualTo(state);
    }

    @Test
    void aNumberForEachChannelIsAList() {
        CheckpointState state = state(record(List.of(0.4914f, 0.4822f, 0.4465f), List.of(0.247f, 0.2435f, 0.2616f)));
        assertThat(state.write())
                .contains("\"mean\":[0.4914,0.4822,0.4465],\"standardDeviation\":[0.247,0.2435,0.2616],");
        assertThat(CheckpointState.read(state.write(), "x")).isEqualTo(state);
    }

    @Test
    void theNumbersOfOtherImagesAreADifference() {
        DataRecord run = record(List.of(0.1f, 0.2f, 0.3f), List.of(0.25f, 0.25f, 0.5f));
        assertThat(run.differences(run)).isEmpty();
        assertThat(record(List.of(0.1f, 0.2f, 0.4f), List.of(0.25f, 0.25f, 0.5f))
                        .differences(run))
                .containsExactly("a mean of [0.1, 0.2, 0.4] and a standard deviation of [0.25, 0.25, 0.5] instead of"
                        + " [0.1, 0.2, 0.3] and [0.25, 0.25, 0.5]");
        assertThat(record(List.of(0.1f, 0.2f, 0.3f), List.of(0.25f, 0.5f, 0.5f)).differences(run))
                .hasSize(1);
    }

    @Test
    void aRunOfAnOlderVersionHasOneNumberForTheSameImages() {
        DataRecord run = record(List.of(0.2f), List.of(0.3f));
        assertThat(record(List.of(0.1f, 0.2f, 0.3f), List.of(0.25f, 0.25f, 0.5f))
                        .differences(run))
                .isEmpty();
    }
}
