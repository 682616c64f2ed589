package io.mambapkd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.TestExecutionListener;

class LeftOutTest {
    @Test
    void aReasonIsGivenOnceWithTheFirstTestThatItLeavesOut() {
        assertThat(LeftOut.line("first()", "Assumption failed: there is no such thing"))
                .isEqualTo("[WARNING] left out here and in what follows: first(), as there is no such thing");
        assertThat(LeftOut.line("second()", "Assumption failed: there is no such thing"))
                .isEmpty();
        assertThat(LeftOut.line("second()", "another thing is missing"))
                .endsWith("second(), as another thing is missing");
    }

    @Test
    void jUnitFindsIt() {
        assertThat(ServiceLoader.load(TestExecutionListener.class)).hasAtLeastOneElementOfType(LeftOut.class);
    }
}
