package io.mambapkd.bench.nvidia;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.bench.Main;
import io.mambapkd.emulator.EmulatedDriver;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code nvidia-check} from the command line. */
@Timeout(120)
@Tag("process")
class NvidiaCheckCommandTest {
    /**
     * Of the presets: 17 of the teacher that both of MNIST have, 16 of airbench, 17 of each of two residual teachers, and 17 of the plain CNN of each of the seven; of stems 43 in
     * batches of 128 and 43 in batches of 512, 6 more of cifar10-demo, and 20 of folder-demo, of which two are its teacher's, too; in two types.
     */
    private static final int QUESTIONS = 2 * (17 + 16 + 2 * 17 + 7 * 17 + 2 * 43 + 6 + 20 - 2);

    @TempDir
    Path folder;

    private final StringWriter output = new StringWriter();
    private final StringWriter errors = new StringWriter();

    private int run(String... arguments) {
        return Main.run(new PrintWriter(output, true), new PrintWriter(errors, true), arguments);
    }

    @Test
    void withoutLibrariesNothingIsCheckedAndThatIsSaid() {
        assertThat(run("nvidia-check")).isEqualTo(2);
        assertThat(errors.toString())
                .isEqualTo(
                        "mamba-pkd bench: nothing was checked, neither the symbols of cuBLAS, cuDNN and the driver nor"
                                + " the engines of cuDNN, as no libraries were named; name a folder of them with make nvidia-check"
                                + " LIBS=DIR or --libs DIR, or see make cuda-libs\n");
        assertThat(output.toString()).isEmpty();
    }

    @Test
    void aFolderOfCuda11AloneIsRefused() throws IOException {
        Files.createFile(folder.resolve("libcublas.so.11"));
        assertThat(run("nvidia-check", "--libs=" + folder)).isEqualTo(2);
        assertThat(errors.toString())
                .contains("--libs: expected libcublas.so.12, libcublas.so.13 or libcudnn.so.9 in the folder " + folder
                        + ", got libcublas.so.11");
    }

    @Test
    void problemsGiveExitCode1() throws IOException {
        Files.createFile(folder.resolve("libcudnn.so.9"));
        assertThat(run("nvidia-check", "--libs=" + folder)).isEqualTo(1);
        assertThat(output.toString()).contains("| cuDNN | problem | libcudnn.so.9 is no library for 64-bit Linux");
    }

    @Test
    void aFileThatCannotBeWrittenIsRefusedFirst() throws IOException {
        Files.createFile(folder.resolve("libcudnn.so.9"));
        assertThat(run("nvidia-check", "--libs=" + folder, "--out=" + folder)).isEqualTo(2);
        assertThat(errors.toString()).contains("the result cannot be written to " + folder + ": it is a folder");
        assertThat(output.toString()).isEmpty();
    }

    @Test
    void standInsOfAnOlderCudnnGetSymbolsOnly() {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
        assertThat(run(
                        "nvidia-check",
                        "--commit=0123abcd",
                        "--libs="
                                + Objects.requireNonNull(
                                        EmulatedDriver.library().getParent())))
                .as(output.toString())
                .isZero();
        assertThat(output.toString())
                .contains(
                        "| JCublas2 in libcublas.so.12 | ok | 494 of 494 symbols |",
                        "| JCudnn in libcudnn.so.9 | ok | 215 of 215 symbols |",
                        "| JCudaDriver in libcuda.so.1 | ok | 312 of 312 symbols |")
                .containsPattern("\\| engines of cuDNN \\| note \\| symbols only, as cuDNN 9\\.\\d+\\.\\d+ takes no"
                        + " description of a device, which 9.8 and later do \\|")
                .doesNotContain("/");
    }

    @Test
    void everyConvolutionOfThePresetsIsAskedFor() throws Exception {
        FakeLibraries.require();
        new FakeLibraries(Files.createDirectory(folder.resolve("sources"))).cudnn(folder, "");
        Path file = folder.resolve("out/check.md");
        assertThat(run("nvidia-check", "--commit=0123abcd", "--libs=" + folder, "--out=" + file))
                .as(output.toString())
                .isZero();
        assertThat(output.toString())
                .contains(
                        "# NVIDIA's libraries without a device: cuDNN 9.24.0\n",
                        ", commit 0123abcd, command `make nvidia-check LIBS=DIR`",
                        "| cuBLAS | note | not checked, as there is no libcublas.so.12 or libcublas.so.13 |",
                        "| ok | " + QUESTIONS + " of " + QUESTIONS
                                + " convolutions of the presets, in f32 and bf16, have"
                                + " one; 0 of them not the first that is asked for |")
                .doesNotContain(folder.toString());
        // KiB of workspace: 4 bytes, or 2, for each of 16 channels.
        String row =
                " to 16, kernel 3, stride 1, padding 1 | backward filter | mnist-demo teacher, mnist-full teacher | 64"
                        + " | 64 | 64 | 64 | 32 | 32 | 32 | 32 |\n";
        assertThat(output.toString()).contains(List.of("| (128, 28, 28, 1)" + row, "| (128, 28, 28, 16)" + row));
        assertThat(file).hasContent(output.toString());
    }
}
