package io.mambapkd.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bench/gpu/check.sh} and {@code measure.sh} in a checkout: archives and libraries that are there, or not. */
@Tag("process")
class GpuCheckTest {
    private static final String PROGRAM = """
            #!/bin/sh
            echo "libraries: $MAMBA_PKD_CUDA_LIBS"
            echo "options: $MAMBA_PKD_OPTS"
            echo "arguments: $*"
            """;

    private final Path folder;
    private final GpuScripts scripts;
    private final Path gpu;
    private final Path results;

    GpuCheckTest(@TempDir Path folder) throws IOException {
        this.folder = folder;
        scripts = new GpuScripts(folder);
        gpu = folder.resolve("tree/bench/target/gpu");
        results = gpu.resolve("results");
    }

    @BeforeEach
    void checkout() throws IOException {
        scripts.scripts("tree/bench/gpu");
        Files.createDirectories(gpu);
    }

    private void archive() throws Exception {
        scripts.bundle("packed/mamba-pkd-gpu", PROGRAM, "#!/bin/sh\n");
        Files.delete(folder.resolve("packed/mamba-pkd-gpu/tests/classes/golden"));
        Files.copy(folder.resolve("tree/bench/gpu/commands.sh"), folder.resolve("packed/mamba-pkd-gpu/commands.sh"));
        pack();
    }

    private void pack() throws Exception {
        scripts.executable("pack", "#!/bin/sh\ntar -C \"$1\" -czf \"$2\" mamba-pkd-gpu\n");
        scripts.run(
                0,
                "pack",
                folder.resolve("packed").toString(),
                gpu.resolve("mamba-pkd-gpu-beside-tree.tar.xz").toString());
    }

    private String log(String step) throws Exception {
        return scripts.packed(results.resolve("results.tgz"), "results/" + step + ".log");
    }

    private String steps() throws Exception {
        return Files.readString(results.resolve("steps.txt"));
    }

    @Test
    void theArchiveIsUnpackedOnceAndTakesDataAndVectorsFromTheCheckout() throws Exception {
        archive();
        scripts.run(0, "tree/bench/gpu/check.sh", "90", "--steps", "validate-golden,job");
        assertThat(steps())
                .contains("command: run --steps check --seconds 90 --steps validate-golden,job")
                .containsPattern("unpack +passed")
                .containsPattern("job +passed");
        Path work = gpu.resolve("work");
        assertThat(log("job")).contains("-Xbootclasspath/a:" + work + "/data ");
        assertThat(work.resolve("data/datasets")).isSymbolicLink();
        assertThat(Files.readSymbolicLink(work.resolve("data/datasets")))
                .isEqualTo(folder.toRealPath().resolve("tree/java/engine/src/main/resources/datasets"));
        assertThat(log("validate-golden")).contains("--golden " + work + "/golden");

        Files.writeString(work.resolve("mamba-pkd-gpu/commit"), "of the first call\n");
        scripts.run(0, "tree/bench/gpu/measure.sh", "90", "--steps", "job");
        assertThat(steps()).contains("commit of the first call; command: run --steps measure");
    }

    @Test
    void withoutAnArchiveTheOtherStepsRunAndTheResultsSayWhatIsMissing() throws Exception {
        String output = scripts.run(1, "tree/bench/gpu/check.sh", "90", "--steps", "cudnn,job");
        assertThat(steps())
                .containsPattern("facts +passed")
                .containsPattern(
                        "unpack +FAILED .*expected the archive of the program, got none in bench/target/gpu; make it with make gpu-bundle")
                .containsPattern("\ncudnn +[A-Z]")
                .containsPattern("job +NOT RUN");
        assertThat(output).containsPattern("-- wrong rows\nunpack +FAILED .*expected the archive of the program");
    }

    @Test
    void anArchiveOfOtherStepsIsNamedAndItsStepsRun() throws Exception {
        archive();
        scripts.run(0, "tree/bench/gpu/check.sh", "90", "--steps", "job");
        assertThat(steps()).doesNotContain("archive  ");
        Path commands = folder.resolve("tree/bench/gpu/commands.sh");
        Files.writeString(commands, Files.readString(commands) + "# changed\n");
        String output = scripts.run(1, "tree/bench/gpu/check.sh", "90", "--steps", "job");
        assertThat(steps()).containsPattern("job +passed");
        assertThat(output)
                .containsPattern(
                        "-- wrong rows\narchive +FAILED +expected an archive of this checkout, got one of commit 0123abcd, made when");
    }

    @Test
    void aDamagedArchiveIsNamed() throws Exception {
        Path archive = Files.writeString(gpu.resolve("mamba-pkd-gpu.tar.xz"), "no archive");
        scripts.run(1, "tree/bench/gpu/check.sh", "90", "--steps", "job");
        assertThat(steps())
                .containsPattern("unpack +FAILED .*" + archive.getFileName())
                .containsPattern("job +NOT RUN");
        assertThat(log("unpack")).contains("could not be unpacked in " + gpu + "/work; it may be damaged");
    }

    @Test
    void aFullDiskIsNamedAndTheOtherStepsRun() throws Exception {
        archive();
        scripts.executable("path/df", """
                #!/bin/sh
                echo "Filesystem 1024-blocks Used Available Capacity Mounted on"
                echo "/dev/vda 100000 87712 12288 88% /"
                """);
        scripts.set("PATH", folder.resolve("path") + ":" + System.getenv("PATH"));
        scripts.run(1, "tree/bench/gpu/check.sh", "90", "--steps", "job");
        assertThat(log("unpack"))
                .contains("there is no folder to unpack in: " + gpu
                        + "/work has 12 MiB free of the 500 that are needed, " + folder + "/tmp/");
        assertThat(steps()).containsPattern("facts +passed").containsPattern("job +NOT RUN");
    }

    /** The folder is in options of Java, which a space would cut. */
    @Test
    void aCheckoutWithASpaceInItsNameIsUnpackedElsewhere() throws Exception {
        archive();
        Files.move(folder.resolve("tree"), folder.resolve("a tree"));
        scripts.run(0, "a tree/bench/gpu/check.sh", "90", "--steps", "job", "--out", results.toString());
        assertThat(log("job")).contains("-Xbootclasspath/a:" + folder + "/tmp/mamba-pkd-gpu-");
    }

    @Test
    void aJavaThatDoesNotStartIsNamed() throws Exception {
        archive();
        scripts.executable("packed/mamba-pkd-gpu/jre/bin/java", "#!/bin/sh\necho 'GLIBC_2.99 not found'; exit 1\n");
        pack();
        scripts.run(1, "tree/bench/gpu/check.sh", "90", "--steps", "job");
        assertThat(log("unpack"))
                .contains("the Java of the archive does not start (GLIBC_2.99 not found); it needs glibc 2.35");
    }

    @Test
    void theWheelsOfPythonAreFoundWithoutAnOption() throws Exception {
        archive();
        scripts.libraries("site/nvidia/cu13/lib", "libcublas.so.13");
        scripts.libraries("site/nvidia/cudnn/lib", "libcudnn.so.9");
        scripts.executable("path/python3", "#!/bin/sh\necho " + folder.resolve("site/nvidia") + "\n");
        scripts.unset("MAMBA_PKD_CUDA_LIBS");
        scripts.set("PATH", folder.resolve("path") + ":" + System.getenv("PATH"));
        scripts.run(0, "tree/bench/gpu/check.sh", "90", "--steps", "job");
        assertThat(log("job"))
                .contains("libraries: " + folder.resolve("site/nvidia/cu13/lib") + ":"
                        + folder.resolve("site/nvidia/cudnn/lib") + "\n");
    }

    @Test
    void halfAWheelAndAnotherMajorVersionAreNamedAndTheStepsGoOn() throws Exception {
        archive();
        scripts.libraries("half", "libcublas.so.13");
        scripts.libraries("old", "libcublas.so.11", "libcudnn.so.8");
        String half =
                scripts.run(1, "tree/bench/gpu/check.sh", "90", "--steps", "job", "--cuda-libs", folder + "/half");
        assertThat(half)
                .containsPattern("libraries +FAILED +cuDNN: expected libcudnn.so.9, got none in " + folder + "/half; ")
                .containsPattern("job +passed");
        String old = scripts.run(1, "tree/bench/gpu/check.sh", "90", "--steps", "job", "--cuda-libs", folder + "/old");
        assertThat(old)
                .contains("cuBLAS: expected libcublas.so.13 or libcublas.so.12, got " + folder
                        + "/old/libcublas.so.11 in ")
                .contains("cuDNN: expected libcudnn.so.9, got " + folder + "/old/libcudnn.so.8 in ")
                .containsPattern("job +passed");
    }

    @Test
    void secondsThatAreNoNumberAreRefused() throws Exception {
        assertThat(scripts.run(2, "tree/bench/gpu/check.sh", "soon"))
                .contains("--seconds must be a whole number from 15 to 9999, got 'soon'");
        assertThat(scripts.run(2, "tree/bench/gpu/measure.sh", "-1")).contains("unknown option '-1'");
    }
}
