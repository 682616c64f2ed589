package io.mambapkd.bench.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class JobStagesTest {
    private long now = 5_000_000_000L;

    @Test
    void aStageEndsWhereTheNextBegins() {
        List<Integer> told = new ArrayList<>();
        StringWriter words = new StringWriter();
        JobStages stages = new JobStages(
                new StageLines(new PrintWriter(words, true)),
                () -> now,
                ended -> told.add(ended.ended().size()));
        assertThat(stages.ended()).isEmpty();
        stages.stageStarted("teacher");
        now += 2_000_000_000L;
        stages.stageStarted("caching");
        now += 500_000_000L;
        stages.stageStarted("rows4-d4");
        now += 1_000_000_000L;

        assertThat(stages.ended())
                .containsExactly(
                        new JobResult.Stage("teacher", 2, 0),
                        new JobResult.Stage("copies and the teacher's logits", 0.5, 0));
        assertThat(stages.running()).isEqualTo("student rows4-d4");
        assertThat(stages.seconds()).isEqualTo(3.5);
        assertThat(told).containsExactly(1, 2);
        assertThat(words.toString().lines()).containsExactly("teacher", "caching", "rows4-d4");
    }
}
