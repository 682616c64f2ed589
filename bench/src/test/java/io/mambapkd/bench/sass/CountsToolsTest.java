package io.mambapkd.bench.sass;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.Checkout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Which programs {@code make counts} takes, by the commands that it would run. */
@Tag("process")
class CountsToolsTest {
    private static final String PTXAS = "PTXAS=/there/ptxas";
    private static final String NVDISASM = "NVDISASM=/there/nvdisasm";

    @Test
    void theyAreNamedByVariablesOfTheEnvironmentAsTheMessageOfAMissingOneSays()
            throws IOException, InterruptedException {
        assertThat(commands(Map.of("PTXAS", "/there/ptxas", "NVDISASM", "/there/nvdisasm")))
                .contains(PTXAS, NVDISASM);
    }

    @Test
    void theyAreNamedByVariablesOfMake() throws IOException, InterruptedException {
        assertThat(commands(Map.of(), PTXAS, NVDISASM)).contains(PTXAS, NVDISASM);
    }

    @Test
    void otherwiseTheyAreThoseOnThePath() throws IOException, InterruptedException {
        assertThat(commands(Map.of())).contains("PTXAS=ptxas", "NVDISASM=nvdisasm");
    }

    private static String commands(Map<String, String> environment, String... variables)
            throws IOException, InterruptedException {
        List<String> command = Stream.concat(
                        Stream.of("make", "-n", "-C", Checkout.path(".").toString(), "counts"), Stream.of(variables))
                .toList();
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeAll(List.of("PTXAS", "NVDISASM", "MAKEFLAGS", "MFLAGS", "MAKELEVEL"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
