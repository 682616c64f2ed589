package io.mambapkd.ops.cuda.natives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.ChildJava;
import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.ops.cuda.driver.DriverProbe;
import io.mambapkd.ops.cuda.driver.TestDevice;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** JCuda's library on a stand-in for cuBLAS of CUDA 13, in fresh processes, of which each loads one cuBLAS. */
@Timeout(120)
@Tag("process")
class Cublas13ProcessTest {
    private static final String PRODUCT = "product [19.0, 22.0, 43.0, 50.0]\n";

    @TempDir
    Path libraries;

    @BeforeEach
    void emulation() throws IOException {
        TestDevice.requireEmulation();
        assumeTrue(
                Cublas13.class.getResource("/io/mambapkd/natives/libcublas.so.12") != null,
                "the forwarder to cuBLAS 13 is not built; 'kernels-build/forwarder.sh' builds it and needs g++");
        copy("libcudnn.so.9");
    }

    private void copy(String library) throws IOException {
        Path built = EmulatedDriver.library().resolveSibling(library);
        Files.copy(built, libraries.resolve(String.valueOf(built.getFileName())));
    }

    private String run(Map<String, String> environment, String folders) throws IOException, InterruptedException {
        List<String> command = ChildJava.command(
                List.of("-D" + CudaNatives.DRIVER_PROPERTY + "=" + EmulatedDriver.library()),
                DriverProbe.class.getName());
        command.add("product");
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        builder.environment().put(LibraryFolders.VARIABLE, folders);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    @Test
    void aProductOnCublas13IsRightAndTheDeviceSaysSo() throws IOException, InterruptedException {
        copy("cuda13/libcublas.so.13");
        assertThat(run(Map.of(), libraries.toString()))
                .contains(", cuBLAS 13 through the forwarder\n")
                .contains(PRODUCT);
    }

    @Test
    void cublas12InAnyOfTheFoldersWins() throws IOException, InterruptedException {
        copy("cuda13/libcublas.so.13");
        Path later = Files.createDirectory(libraries.resolve("later"));
        Files.copy(EmulatedDriver.library().resolveSibling("libcublas.so.12"), later.resolve("libcublas.so.12"));
        assertThat(run(Map.of(), libraries + ":" + later)).contains(PRODUCT).doesNotContain("forwarder");
    }

    /** The system's loader looks there. */
    @Test
    void theSystemsCublas13IsTakenWhereThereIsNothingElse() throws IOException, InterruptedException {
        Path system = EmulatedDriver.library().resolveSibling("cuda13");
        assertThat(run(Map.of("LD_LIBRARY_PATH", system.toString()), libraries.toString()))
                .contains(", cuBLAS 13 through the forwarder\n")
                .contains(PRODUCT);
    }

    @Test
    void theSystemsCublas12IsTakenBeforeItsCublas13() throws IOException, InterruptedException {
        Path system = EmulatedDriver.library().resolveSibling("cuda13");
        assertThat(run(Map.of("LD_LIBRARY_PATH", system + ":" + system.getParent()), libraries.toString()))
                .contains(PRODUCT)
                .doesNotContain("forwarder");
    }

    @Test
    void withoutAnyCublasTheMessageIsTheUsualOne() throws IOException, InterruptedException {
        String output = run(Map.of(), libraries.toString());
        assumeTrue(!output.contains("opened"), "this machine has cuBLAS");
        assertThat(output)
                .contains("refused: cuBLAS of CUDA 12 is missing: libcublas.so.12 was not found; install it, name its"
                        + " folder with --cuda-libs FOLDER, or use --device cpu\n");
    }

    @Test
    void cublas13ThatIsNoLibraryIsNamed() throws IOException, InterruptedException {
        Path broken = Files.writeString(libraries.resolve("libcublas.so.13"), "not a library");
        assertThat(run(Map.of(), libraries.toString()))
                .contains("refused: cannot load " + broken + ": ")
                .contains("; name another folder of cuBLAS with --cuda-libs FOLDER, or use --device cpu\n");
    }
}
