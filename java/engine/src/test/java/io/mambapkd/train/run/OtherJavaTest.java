package io.mambapkd.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.ChildJava;
import io.mambapkd.OtherJava;
import io.mambapkd.cli.commands.BarImages;
import io.mambapkd.cli.commands.RunOfBars;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Another version of Java, with its optimising compiler, computes the bits that this one does. */
@Tag("process")
class OtherJavaTest {
    private static final List<String> ALL_COMPILERS = List.of("-XX:TieredStopAtLevel=4");

    @TempDir
    private Path folder;

    private Path home;

    @BeforeEach
    void needsAnotherJava() {
        Optional<OtherJava> other = OtherJava.find();
        assumeTrue(other.isPresent(), OtherJava.NOT_FOUND);
        home = other.orElseThrow().home();
    }

    private void onTheOtherJava(String main, List<String> arguments) throws IOException, InterruptedException {
        List<String> command = ChildJava.command(home, ALL_COMPILERS, main);
        command.addAll(arguments);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("%s: %s", home, output).isZero();
    }

    /** Of one preset for each kind of teacher. */
    @Test
    void theCommittedCurvesAreTheOtherJavasToo() throws IOException, InterruptedException {
        List<String> presets = List.of("mnist-demo", "cifar10-teacher", "folder-demo");
        List<String> arguments = new ArrayList<>(List.of(folder.toString()));
        arguments.addAll(presets);
        onTheOtherJava(GoldenCurves.class.getName(), arguments);
        for (String preset : presets) {
            assertThat(Files.readString(folder.resolve(GoldenCurves.file(preset))))
                    .as("%s on %s", preset, home)
                    .isEqualTo(GoldenCurvesTest.committed(preset));
        }
    }

    /** With the libraries of the machine. */
    @Test
    void aCommandLeavesTheSameCheckpointsAndSettings() throws IOException, InterruptedException {
        Path data = folder.resolve("bars");
        BarImages.write(data, 8, 4, 100, 40, 200);
        Path here = folder.resolve("here");
        Path there = folder.resolve("there");
        assertThat(RunOfBars.command(folder, RunOfBars.distill(data, here)).exitCode())
                .isZero();
        onTheOtherJava("io.mambapkd.cli.Main", RunOfBars.distill(data, there));

        RunResult expected = RunResult.of(here);
        RunResult got = RunResult.of(there);
        assertThat(expected.checkpoints()).hasSize(4);
        assertThat(got).isEqualTo(expected);
        assertThat(there.resolve("config.yaml")).hasSameBinaryContentAs(here.resolve("config.yaml"));
    }
}
