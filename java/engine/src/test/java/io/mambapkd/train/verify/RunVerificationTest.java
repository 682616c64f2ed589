package io.mambapkd.train.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.cli.commands.RunOfBars;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.storage.RunSums;
import io.mambapkd.storage.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is found in a run folder in which files were lost, damaged, or put in. */
@Tag("run")
final class RunVerificationTest extends VerifiedRun {
    @Test
    void aRunThatHasEndedIsWhole() {
        RunVerification verification = verify();

        assertThat(notWhole(verification)).isEmpty();
        assertThat(verification.files().stream().map(file -> file.file().name()))
                .containsExactly(
                        RECORD,
                        CONFIG,
                        METRICS,
                        checkpoint("teacher"),
                        checkpoint("student-1-a"),
                        checkpoint("student-2-b"),
                        checkpoint("student-3-c"),
                        MODEL,
                        SUMMARY,
                        REPORT,
                        SUMS);
        assertThat(verification.notes()).isEmpty();
        assertThat(verification.isWhole()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {CONFIG, METRICS, MODEL, SUMMARY, REPORT, "checkpoints/teacher.safetensors"})
    void aFlippedBitAndALostFileAreOfThatFileAlone(String name) throws IOException {
        flip(name, 40);
        assertThat(notWhole()).containsExactly(Map.entry(name, FileState.DAMAGED));

        Files.delete(place(name));
        RunVerification lost = verify();
        assertThat(notWhole(lost)).containsExactly(Map.entry(name, FileState.MISSING));
        assertThat(remark(lost, name))
                .startsWith("expected " + place(name) + ", which SHA256SUMS lists, got nothing; ");
        assertThat(lost.isWhole()).isFalse();
    }

    @Test
    void everyCutOfTheListIsFound() throws IOException {
        byte[] whole = Files.readAllBytes(place(SUMS));
        int cuts = 0;
        for (int length = 0; length < whole.length; length += whole[length] == '\n' ? 1 : 13) {
            Files.write(place(SUMS), Arrays.copyOf(whole, length));
            assertThat(notWhole()).as("length %d", length).containsEntry(SUMS, FileState.DAMAGED);
            cuts++;
        }
        assertThat(cuts).isGreaterThan(50);
    }

    @Test
    void aDamagedLineOfTheListIsNamedAndItsFileIsCheckedWithoutIt() throws IOException {
        List<String> lines = Files.readAllLines(place(SUMS));
        int before = lines.get(0).length() + 1 + lines.get(1).length() + 1;
        flip(SUMS, before + 64);

        RunVerification verification = verify();

        assertThat(notWhole(verification))
                .containsExactly(Map.entry(SUMS, FileState.DAMAGED), Map.entry(METRICS, FileState.READABLE));
        assertThat(remark(verification, SUMS))
                .startsWith("expected a SHA-256 and a name in each line of " + place(SUMS)
                        + ", got something else in line 3; ");
        assertThat(verification.notes())
                .containsExactly("SHA256SUMS does not have all files: a change that leaves these"
                        + " files readable is not found: metrics.jsonl");
    }

    @Test
    void aWrongHashOfASealedFileMayBeTheListsFault() throws IOException {
        String list = Files.readString(place(SUMS));
        int line = list.indexOf("  " + checkpoint("student-2-b")) - 64;
        char digit = list.charAt(line);
        Files.writeString(place(SUMS), list.substring(0, line) + (digit == '0' ? '1' : '0') + list.substring(line + 1));

        RunVerification verification = verify();

        assertThat(notWhole(verification)).containsExactly(Map.entry(checkpoint("student-2-b"), FileState.DAMAGED));
        assertThat(remark(verification, checkpoint("student-2-b")))
                .contains(" of SHA256SUMS, got ")
                .contains(
                        "while its own seal is right: either the file or the list was changed; use another copy, or ");
    }

    @Test
    void aCheckpointThatWasListedWithABrokenSealIsDamaged() throws IOException {
        flip(checkpoint("student-2-b"), 3000);
        RunSums.write(RunFolder.open(run));

        assertThat(notWhole()).containsExactly(Map.entry(checkpoint("student-2-b"), FileState.DAMAGED));
    }

    @Test
    void aFileThatTheListDoesNotHaveIsTheListsDamage() throws IOException {
        Files.writeString(place("metrics.dropped.jsonl"), "{}\n");

        RunVerification verification = verify();

        assertThat(notWhole(verification))
                .containsExactly(
                        Map.entry(SUMS, FileState.DAMAGED), Map.entry("metrics.dropped.jsonl", FileState.READABLE));
        assertThat(remark(verification, SUMS)).contains("got none of the name metrics.dropped.jsonl");
    }

    @Test
    void aFolderInThePlaceOfAFileIsDamage() throws IOException {
        for (String name : List.of(CONFIG, checkpoint("teacher"), SUMS)) {
            Files.delete(place(name));
            Files.createDirectory(place(name));
        }

        RunVerification verification = verify();

        assertThat(notWhole(verification))
                .containsEntry(CONFIG, FileState.DAMAGED)
                .containsEntry(checkpoint("teacher"), FileState.DAMAGED)
                .containsEntry(SUMS, FileState.DAMAGED);
        assertThat(remark(verification, CONFIG))
                .isEqualTo("expected a file, got a folder, at " + place(CONFIG) + "; put the file back");
    }

    @Test
    void aDeviceInThePlaceOfAFileIsDamageAndIsNotRead() throws IOException {
        Files.delete(place(METRICS));
        Files.createSymbolicLink(place(METRICS), Path.of("/dev/null"));

        RunVerification verification = verify();
        Files.delete(place(METRICS));

        assertThat(notWhole(verification)).containsExactly(Map.entry(METRICS, FileState.DAMAGED));
        assertThat(remark(verification, METRICS))
                .isEqualTo("expected a file, got something that is not a regular file, at " + place(METRICS)
                        + "; put the file back");
    }

    @Test
    void aFileInThePlaceOfTheFolderOfCheckpointsIsDamage() throws IOException {
        RunOfBars.copy(place("checkpoints"), folder.resolve("away"));
        PathUtils.deleteDirectory(place("checkpoints"));
        Files.createFile(place("checkpoints"));

        assertThat(notWhole())
                .containsEntry("checkpoints", FileState.DAMAGED)
                .containsEntry(checkpoint("teacher"), FileState.MISSING)
                .containsEntry(checkpoint("student-3-c"), FileState.MISSING);
    }

    /** The memory of a process is a regular file that not even root can read from its beginning. */
    @Test
    void aFileThatCannotBeReadIsSaidToBeSo() throws IOException {
        Files.delete(place(METRICS));
        Files.createSymbolicLink(place(METRICS), Path.of("/proc/self/mem"));

        RunVerification verification = verify();
        Files.delete(place(METRICS));

        assertThat(notWhole(verification)).containsExactly(Map.entry(METRICS, FileState.UNREADABLE));
        assertThat(remark(verification, METRICS))
                .startsWith("cannot read " + place(METRICS) + ": ")
                .endsWith("; make it readable, or use another copy");
    }

    @Test
    void aLinkIsFollowedAndNamed() throws IOException {
        Path elsewhere = Files.move(place(checkpoint("teacher")), folder.resolve("teacher"));
        Files.createSymbolicLink(place(checkpoint("teacher")), elsewhere);
        RunVerification linked = verify();
        assertThat(notWhole(linked)).isEmpty();
        assertThat(linked.notes())
                .containsExactly(place(checkpoint("teacher")) + " is a link to " + elsewhere
                        + ": a copy of the folder may lack the file");

        Files.delete(elsewhere);
        RunVerification dangling = verify();
        assertThat(notWhole(dangling)).containsExactly(Map.entry(checkpoint("teacher"), FileState.MISSING));
        assertThat(remark(dangling, checkpoint("teacher"))).contains("got nothing behind the link; ");
    }

    @Test
    void whatIsNoPartOfTheRunIsNamedAndNoFailure() throws IOException {
        Files.writeString(place("notes.txt"), "mine");
        Files.createDirectories(place("old/checkpoints"));
        take(ofOtherSeed, checkpoint("student-2-b"));
        Files.move(place(checkpoint("student-2-b")), place(checkpoint("student-7-x")));
        take(trained, checkpoint("student-2-b"));
        Files.writeString(place(checkpoint("best")), "weights");
        Files.writeString(place("checkpoints/.student-4-d.safetensors.new"), "half");
        Files.writeString(place("run.lock"), "17 here");

        RunVerification verification = verify();

        assertThat(notWhole(verification))
                .containsExactly(
                        Map.entry("checkpoints/.student-4-d.safetensors.new", FileState.LEFT_OVER),
                        Map.entry(checkpoint("best"), FileState.FOREIGN),
                        Map.entry(checkpoint("student-7-x"), FileState.FOREIGN),
                        Map.entry("notes.txt", FileState.FOREIGN),
                        Map.entry("old", FileState.FOREIGN));
        assertThat(verification.isWhole()).isTrue();
    }

    @Test
    void ofARunThatHasNotEndedItIsSaidWhatIsNotFullyChecked() throws IOException {
        cut(2);
        Files.writeString(place(METRICS), "{\"stage\":\"b\",\"ep", StandardOpenOption.APPEND);

        RunVerification verification = verify();

        assertThat(notWhole(verification))
                .containsOnly(
                        Map.entry(RECORD, FileState.READABLE),
                        Map.entry(CONFIG, FileState.READABLE),
                        Map.entry(METRICS, FileState.READABLE));
        assertThat(remark(verification, METRICS)).startsWith("the last line of " + place(METRICS) + " is not whole");
        assertThat(verification.notes())
                .containsExactly(
                        "there is no SHA256SUMS in " + run + ", as the run has not ended; checkpoints are checked"
                                + " by their seals, and a change that leaves these files readable is not found: run.json,"
                                + " config.yaml, metrics.jsonl");
        assertThat(verification.isWhole()).isTrue();

        flip(checkpoint("teacher"), 4000);
        assertThat(notWhole()).containsEntry(checkpoint("teacher"), FileState.DAMAGED);
    }

    @Test
    void aLostConfigurationIsMissedInEveryRun() throws IOException {
        cut(2);
        Files.delete(place(CONFIG));

        assertThat(notWhole()).containsEntry(CONFIG, FileState.MISSING);
    }

    /** As {@code report} leaves it when it is killed between the list and the page. */
    @Test
    void aFileThatIsBeingReplacedMayHaveEitherOfItsHashes() throws IOException {
        byte[] before = Files.readAllBytes(place(SUMS));
        String line = Sha256.hex("page".getBytes(StandardCharsets.UTF_8)) + "  " + REPORT + "\n";
        Files.writeString(place(SUMS), line, StandardOpenOption.APPEND);
        assertThat(notWhole()).isEmpty();

        Files.writeString(place(REPORT), "page");
        assertThat(notWhole()).isEmpty();

        Files.write(place(SUMS), before);
        assertThat(notWhole()).containsExactly(Map.entry(REPORT, FileState.DAMAGED));
    }

    @Test
    void aRunOfAnOlderVersionIsReadAndSaidToBeOne() throws IOException {
        Files.delete(place(SUMS));
        Files.delete(place(RECORD));

        RunVerification verification = verify();

        assertThat(notWhole(verification))
                .containsOnlyKeys(CONFIG, METRICS, MODEL, SUMMARY, REPORT)
                .doesNotContainValue(FileState.DAMAGED);
        assertThat(verification.notes())
                .hasSize(1)
                .first()
                .asString()
                .startsWith("there is no SHA256SUMS in " + run
                        + ", as the run is of an older version, or was ended before");
        assertThat(verification.isWhole()).isTrue();
    }
}
