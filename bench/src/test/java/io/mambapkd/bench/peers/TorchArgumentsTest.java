package io.mambapkd.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.config.Setting;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.RunSpecYaml;
import java.util.List;
import org.junit.jupiter.api.Test;

class TorchArgumentsTest {
    private static RunSpec spec(String setting) {
        return RunSpecYaml.preset("mnist-demo", List.of(Setting.parse("--set", setting)));
    }

    @Test
    void theLastStudentThatIsCutIntoRowsAndReadsNothingHasAPeer() {
        assertThat(TorchArguments.student(spec("student.reuse=none"))).hasValue(6);
    }

    /** The first student has no group that it could read. */
    @Test
    void aStudentThatReadsItsGroupHasNoPeer() {
        assertThat(TorchArguments.student(spec("student.reuse=logits"))).hasValue(0);
    }
}
