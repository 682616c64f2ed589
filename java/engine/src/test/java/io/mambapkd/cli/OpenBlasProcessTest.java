package io.mambapkd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.ChildJava;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A machine on which OpenBLAS cannot be unpacked. */
@Tag("process")
class OpenBlasProcessTest {
    @TempDir
    private Path folder;

    private String run(String... arguments) throws IOException, InterruptedException {
        // A file in the place of every folder that the library could be unpacked to.
        Path file = Files.writeString(folder.resolve("file"), "");
        List<String> command = ChildJava.command(
                List.of("-Dorg.bytedeco.javacpp.cachedir=" + file, "-Duser.home=" + file, "-Djava.io.tmpdir=" + file),
                Main.class.getName());
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }

    @Test
    void theCpuComputesInJavaAndSaysWhy() throws IOException, InterruptedException {
        String output = run("validate", "--device", "cpu", "--ops", "gemm", "--cases", "1");

        assertThat(output.lines())
                .anySatisfy(line -> assertThat(line)
                        .startsWith("note: OpenBLAS cannot be loaded (")
                        .contains("), so that Java computes the matrix products: several times slower, and with other"
                                + " last digits; name a folder that has room and lets libraries run with"
                                + " -Dorg.bytedeco.javacpp.cachedir=FOLDER in MAMBA_PKD_OPTS"));
        assertThat(output).contains("Java matrix products").doesNotContain("internal error");
    }

    @Test
    void infoSaysWhy() throws IOException, InterruptedException {
        assertThat(run("info")).containsPattern("matrix products: Java; OpenBLAS cannot be loaded \\(");
    }
}
