package io.mambapkd.train.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.cli.CommandRun;
import io.mambapkd.cli.commands.BarImages;
import io.mambapkd.cli.commands.RunOfBars;
import io.mambapkd.storage.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A small run that has ended, and a copy of it for each test to damage. */
abstract class VerifiedRun {
    static final String RECORD = "run.json";
    static final String CONFIG = "config.yaml";
    static final String METRICS = "metrics.jsonl";
    static final String MODEL = "model.json";
    static final String SUMMARY = "summary.json";
    static final String REPORT = "report.html";
    static final String SUMS = "SHA256SUMS";

    @TempDir
    static Path shared;

    static Path trained;
    static Path ofOtherSeed;

    @TempDir
    Path folder;

    Path run;

    @BeforeAll
    static void train() throws IOException {
        BarImages.write(shared.resolve("bars"), 8, 4, 100, 40, 200);
        trained = distilled("run");
        ofOtherSeed = distilled("other", "--seed", "5");
    }

    private static Path distilled(String name, String... more) {
        Path run = shared.resolve(name);
        CommandRun distilled = RunOfBars.command(shared, RunOfBars.distill(shared.resolve("bars"), run, more));
        assertThat(distilled.exitCode()).as(distilled.err()).isZero();
        return run;
    }

    @BeforeEach
    void copy() throws IOException {
        run = RunOfBars.copy(trained, folder.resolve("run"));
    }

    final RunVerification verify() {
        return RunVerification.of(RunFolder.find(run));
    }

    /** The states that are not {@link FileState#WHOLE}, by the names of files. */
    static Map<String, FileState> notWhole(RunVerification verification) {
        return verification.files().stream()
                .filter(file -> file.state() != FileState.WHOLE)
                .collect(Collectors.toMap(file -> file.file().name(), CheckedFile::state, (a, b) -> a, TreeMap::new));
    }

    final Map<String, FileState> notWhole() {
        return notWhole(verify());
    }

    static String remark(RunVerification verification, String name) {
        return verification.files().stream()
                .filter(file -> file.file().name().equals(name))
                .map(file -> file.remark().sentence())
                .findFirst()
                .orElseThrow();
    }

    static String checkpoint(String name) {
        return "checkpoints/" + name + ".safetensors";
    }

    final Path place(String name) {
        return run.resolve(name);
    }

    final void flip(String name, int at) throws IOException {
        byte[] content = Files.readAllBytes(place(name));
        content[at] ^= 1;
        Files.write(place(name), content);
    }

    final void take(Path from, String name) throws IOException {
        Files.copy(from.resolve(name), place(name), StandardCopyOption.REPLACE_EXISTING);
    }

    /** The run as it was when so many of its models were finished. */
    final void cut(int models) throws IOException {
        for (String name : List.of(SUMS, MODEL, SUMMARY, REPORT)) {
            Files.delete(place(name));
        }
        List<String> order = List.of("teacher", "student-1-a", "student-2-b", "student-3-c");
        for (String model : order.subList(models, order.size())) {
            Files.delete(place(checkpoint(model)));
        }
    }
}
