package io.mambapkd.bench;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.ChildJava;
import io.mambapkd.emulator.EmulatedDriver;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * {@code mamba-pkd bench} in a process of its own, on the emulated driver.
 *
 * @param exitCode that the process ended with
 * @param output results and errors together
 */
record BenchProcess(int exitCode, String output) {
    /** @param environment of the emulation, such as planned failures */
    static BenchProcess run(Map<String, String> environment, List<String> arguments) {
        return run(environment, arguments, line -> false);
    }

    /** @param last the process is killed at the first line of its output that this accepts */
    static BenchProcess run(Map<String, String> environment, List<String> arguments, Predicate<String> last) {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
        List<String> command = ChildJava.command(
                List.of(
                        "-Dmambapkd.cuda.driver=" + EmulatedDriver.library(),
                        "-Dmambapkd.cuda.libs=" + EmulatedDriver.library().getParent()),
                Main.class.getName());
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            StringBuilder output = new StringBuilder();
            try (BufferedReader lines = process.inputReader()) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    output.append(line).append('\n');
                    if (last.test(line)) {
                        process.destroyForcibly();
                        break;
                    }
                }
            }
            return new BenchProcess(process.waitFor(), output.toString());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }
}
