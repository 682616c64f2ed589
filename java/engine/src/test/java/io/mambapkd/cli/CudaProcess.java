package io.mambapkd.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.ChildJava;
import io.mambapkd.emulator.EmulatedDriver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The program in a process of its own, on the emulated driver.
 *
 * @param exitCode that the process ended with
 * @param output results and errors together
 */
public record CudaProcess(int exitCode, String output) {
    private static final int INPUT = 2;

    /** @param environment of the emulation, such as planned failures */
    public static CudaProcess run(Map<String, String> environment, String... args) {
        return run(EmulatedDriver.library().getParent(), environment, args);
    }

    /** With cuBLAS and cuDNN from a folder alone. */
    public static CudaProcess run(Path libraries, Map<String, String> environment, String... args) {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
        List<String> command = ChildJava.command(
                List.of("-Dmambapkd.cuda.driver=" + EmulatedDriver.library(), "-Dmambapkd.cuda.libs=" + libraries),
                Main.class.getName());
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        // What the machine has of NVIDIA does not belong to the emulated driver.
        builder.environment().remove("MAMBA_PKD_CUDA_LIBS");
        builder.environment().putAll(environment);
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new CudaProcess(process.waitFor(), output);
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /** The only line of the program's own that says what was wrong; that it is one, without a stack trace, and with status 2, is checked. */
    public String refusal() {
        return refusal(INPUT);
    }

    /** The same with another status. */
    public String refusal(int status) {
        assertThat(exitCode).as(output).isEqualTo(status);
        assertThat(output).doesNotContain("\tat ").doesNotContain("Exception");
        List<String> sentences =
                output.lines().filter(line -> line.startsWith("mamba-pkd: ")).toList();
        assertThat(sentences).as(output).hasSize(1);
        return sentences.get(0).substring("mamba-pkd: ".length());
    }
}
