package io.mambapkd.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.Checkout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the scripts of make refuse, before they build anything. */
@Tag("process")
class ScriptsTest {
    @ParameterizedTest
    @CsvSource({
        "soak.sh, STEPS, 'validate sleep', 'soak: expected ptx, validate, rounding, orders, resume, kills, faults, calls or mutants in STEPS, got ''sleep'''",
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

    /** With an exported CDPATH, cd with a relative path leads into another folder of that name, and prints it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "kernels-build/soak.sh",
                "kernels-build/forwarder.sh",
                "kernels-build/same.sh",
                "kernels-build/prepare-tests.sh",
                "kernels-build/ptx.sh",
                "kernels-build/validate.sh",
                "kernels-build/budgets.sh",
                "kernels-build/stale.sh",
                "bench/gpu/bundle.sh",
                "bench/gpu/chroot.sh",
                "bench/gpu/emulated.sh",
                "bench/gpu/run"
            })
    void aFolderOfCdpathIsNotTakenForOneOfTheTree(String script) throws IOException {
        String text = Files.readString(Checkout.path(script));

        assertThat(text).contains("\nunset CDPATH\n", "cd ");
        assertThat(text.indexOf("unset CDPATH")).isLessThan(text.indexOf("cd \"$"));
    }
}
