package io.mambapkd.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.Checkout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the scripts of make refuse, before they build anything. */
@Tag("process")
class ScriptsTest {
    @ParameterizedTest
    @CsvSource({
        "soak.sh, STEPS, 'validate sleep', 'soak: expected ptx, validate, rounding, orders or mutants in STEPS, got ''sleep'''",
        "same.sh, BASE, no-such-commit, 'same: expected a commit in BASE, got ''no-such-commit''; name one that git log lists'"
    })
    void aValueThatIsNoneOfThoseItTakesIsRefused(String script, String variable, String value, String sentence)
            throws IOException, InterruptedException {
        ProcessBuilder command = new ProcessBuilder(
                        List.of("bash", Checkout.path("kernels-build/" + script).toString()))
                .redirectErrorStream(true);
        command.environment().put(variable, value);
        Process process = command.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(output).isEqualTo(sentence + "\n");
        assertThat(process.waitFor()).isEqualTo(2);
    }
}
