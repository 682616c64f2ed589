package io.mambapkd.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DataRecordTest {
    private static DataRecord record(List<Float> mean, List<Float> deviation) {
        return new DataRecord("d", "2x2x3", List.of("a", "b"), mean, deviation, 3, 0, 2, 1, "one", "", "two", "three");
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
    void withoutCalibrationImagesARecordIsWrittenAsOlderVersionsDid() {
        CheckpointState state = state(record(List.of(0.1307f), List.of(0.3081f)));

        assertThat(state.write())
                .contains("\"trainingImages\":3,\"validationImages\":2,\"testImages\":1,\"trainingSha256\":\"one\","
                        + "\"validationSha256\":\"two\",\"testSha256\":\"three\"}")
                .doesNotContain("calibration");
        assertThat(CheckpointState.read(state.write(), "x")).isEqualTo(state);
    }

    private static DataRecord calibrated(int images, String sha256) {
        return new DataRecord(
                "d", "2x2x1", List.of("a"), List.of(0f), List.of(1f), 3, images, 2, 1, "one", sha256, "two", "three");
    }

    @Test
    void calibrationImagesAreKeptAndTold() {
        CheckpointState state = state(calibrated(7, "seven"));

        assertThat(CheckpointState.read(state.write(), "x")).isEqualTo(state);
        assertThat(calibrated(0, "").differences(state.data())).containsExactly("0 calibration images instead of 7");
        assertThat(calibrated(7, "eight").differences(state.data())).containsExactly("other calibration images");
    }

    @Test
    void aNumberOfCalibrationImagesWithoutTheirHashIsNoRecord() {
        String json = state(calibrated(7, "seven")).write().replace("\"calibrationSha256\":\"seven\",", "");

        assertThatThrownBy(() -> CheckpointState.read(json, "x"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("calibrationSha256");
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
