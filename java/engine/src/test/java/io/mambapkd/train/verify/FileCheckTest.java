package io.mambapkd.train.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.cli.CommandRun;
import io.mambapkd.cli.commands.BarImages;
import io.mambapkd.cli.commands.RunOfBars;
import io.mambapkd.storage.RunFile;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.storage.Sha256Sums;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every flipped bit and every cut of a file is found, in a run that has ended, and of checkpoints in any. */
@Tag("run")
final class FileCheckTest {
    private static final Sha256Sums NO_LIST = Sha256Sums.parse(new byte[0]);
    private static final String STUDENT = "checkpoints/student-1-a.safetensors";

    @TempDir
    private static Path shared;

    private static RunFolder run;
    private static Sha256Sums sums;

    @BeforeAll
    static void train() throws IOException {
        BarImages.write(shared.resolve("bars"), 8, 2, 60, 10, 200);
        String student =
                "{name: a, cut: rows, tokenSize: 4, modelWidth: 2, blocks: 1, stateSize: 2, learningRate: 0.02}";
        CommandRun distilled = RunOfBars.command(
                shared,
                RunOfBars.distill(
                        shared.resolve("bars"),
                        shared.resolve("run"),
                        "--set",
                        "teacher.epochs=1",
                        "--set",
                        "student.epochs=1",
                        "--set",
                        "students=[" + student + "]"));
        assertThat(distilled.exitCode()).as(distilled.err()).isZero();
        run = RunFolder.open(shared.resolve("run"));
        sums = Sha256Sums.parse(Files.readAllBytes(run.sums()));
    }

    private static FileState state(Sha256Sums list, String name, byte[] content) {
        RunFile file = RunFile.of(run, run.path().resolve(name));
        return new FileCheck(run, list).of(file, content).checked().state();
    }

    private static byte[] content(String name) throws IOException {
        return Files.readAllBytes(run.path().resolve(name));
    }

    /** Which changes of a file are not called damage: of all bits and lengths, or of each {@code step}-th byte. */
    private static List<String> unfound(Sha256Sums list, String name, int step) throws IOException {
        byte[] whole = content(name);
        assertThat(state(list, name, whole)).isEqualTo(FileState.WHOLE);
        List<String> unfound = new ArrayList<>();
        for (int at = 0; at < whole.length; at += step) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] damaged = whole.clone();
                damaged[at] ^= (byte) (1 << bit);
                if (state(list, name, damaged) != FileState.DAMAGED) {
                    unfound.add("bit " + bit + " of byte " + at);
                }
            }
            if (state(list, name, Arrays.copyOf(whole, at)) != FileState.DAMAGED) {
                unfound.add("length " + at);
            }
        }
        if (state(list, name, Arrays.copyOf(whole, whole.length + 1)) != FileState.DAMAGED) {
            unfound.add("a byte more");
        }
        return unfound;
    }

    @ParameterizedTest
    @CsvSource({
        "config.yaml, 1",
        "metrics.jsonl, 1",
        "model.json, 7",
        "summary.json, 1",
        "report.html, 97",
        STUDENT + ", 5"
    })
    void everyFlippedBitAndEveryCutOfARunThatHasEndedIsFound(String name, int step) throws IOException {
        assertThat(unfound(sums, name, step)).isEmpty();
    }

    @Test
    void theSealOfACheckpointFindsAllOfThemWithoutAList() throws IOException {
        assertThat(unfound(NO_LIST, STUDENT, 1)).isEmpty();
    }

    /** What else there is without a list can be read, which is not taken for more. */
    @ParameterizedTest
    @CsvSource({"config.yaml", "metrics.jsonl", "model.json", "summary.json", "report.html"})
    void aFileWithoutAHashIsNeverCalledWhole(String name) throws IOException {
        assertThat(state(NO_LIST, name, content(name))).isEqualTo(FileState.READABLE);
    }

    @ParameterizedTest
    @CsvSource({"config.yaml", "model.json", "summary.json"})
    void aFileWithoutAHashThatCannotBeReadIsDamaged(String name) throws IOException {
        byte[] whole = content(name);

        assertThat(state(NO_LIST, name, Arrays.copyOf(whole, whole.length / 2))).isEqualTo(FileState.DAMAGED);
    }

    @Test
    void ofMetricsWithoutAHashTheLastLineMayBeTornAndNoOther() throws IOException {
        byte[] whole = content("metrics.jsonl");
        byte[] torn = Arrays.copyOf(whole, whole.length - 20);
        byte[] broken = whole.clone();
        broken[0] = '[';
        byte[] brokenLast = whole.clone();
        brokenLast[whole.length - 2] = ']';

        assertThat(state(NO_LIST, "metrics.jsonl", torn)).isEqualTo(FileState.READABLE);
        assertThat(state(NO_LIST, "metrics.jsonl", broken)).isEqualTo(FileState.DAMAGED);
        assertThat(state(NO_LIST, "metrics.jsonl", brokenLast)).isEqualTo(FileState.DAMAGED);
        assertThat(state(sums, "metrics.jsonl", torn)).isEqualTo(FileState.DAMAGED);
    }
}
