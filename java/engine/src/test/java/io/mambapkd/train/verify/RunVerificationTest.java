package io.mambapkd.train.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.cli.CommandRun;
import io.mambapkd.cli.commands.BarImages;
import io.mambapkd.cli.commands.RunOfBars;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.storage.RunSums;
import io.mambapkd.storage.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is found in a run folder of which something was lost, damaged, exchanged or put in. */
@Tag("run")
final class RunVerificationTest {
    private static final String CONFIG = "config.yaml";
    private static final String METRICS = "metrics.jsonl";
    private static final String SUMMARY = "summary.json";
    private static final String REPORT = "report.html";
    private static final String SUMS = "SHA256SUMS";

    @TempDir
    private static Path shared;

    private static Path trained;
    private static Path ofOtherSeed;

    @TempDir
    private Path folder;

    private Path run;

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

    private RunVerification verify() {
        return RunVerification.of(RunFolder.find(run));
    }

    /** The states that are not {@link FileState#WHOLE}, by the names of files. */
    private static Map<String, FileState> notWhole(RunVerification verification) {
        return verification.files().stream()
                .filter(file -> file.state() != FileState.WHOLE)
                .collect(Collectors.toMap(file -> file.file().name(), CheckedFile::state, (a, b) -> a, TreeMap::new));
    }

    private Map<String, FileState> notWhole() {
        return notWhole(verify());
    }

    private static String remark(RunVerification verification, String name) {
        return verification.files().stream()
                .filter(file -> file.file().name().equals(name))
                .map(file -> file.remark().sentence())
                .findFirst()
                .orElseThrow();
    }

    private static String checkpoint(String name) {
        return "checkpoints/" + name + ".safetensors";
    }

    private Path place(String name) {
        return run.resolve(name);
    }

    private void flip(String name, int at) throws IOException {
        byte[] content = Files.readAllBytes(place(name));
        content[at] ^= 1;
        Files.write(place(name), content);
    }

    private void take(Path from, String name) throws IOException {
        Files.copy(from.resolve(name), place(name), StandardCopyOption.REPLACE_EXISTING);
    }

    /** The run as it was when so many of its models were finished. */
    private void cut(int models) throws IOException {
        for (String name : List.of(SUMS, SUMMARY, REPORT)) {
            Files.delete(place(name));
        }
        List<String> order = List.of("teacher", "student-1-a", "student-2-b", "student-3-c");
        for (String model : order.subList(models, order.size())) {
            Files.delete(place(checkpoint(model)));
        }
    }

    @Test
    void aRunThatHasEndedIsWhole() {
        RunVerification verification = verify();

        assertThat(notWhole(verification)).isEmpty();
        assertThat(verification.files().stream().map(file -> file.file().name()))
                .containsExactly(
                        CONFIG,
                        METRICS,
                        checkpoint("teacher"),
                        checkpoint("student-1-a"),
                        checkpoint("student-2-b"),
                        checkpoint("student-3-c"),
                        SUMMARY,
                        REPORT,
                        SUMS);
        assertThat(verification.notes()).isEmpty();
        assertThat(verification.isWhole()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {CONFIG, METRICS, SUMMARY, REPORT, "checkpoints/teacher.safetensors"})
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
        flip(SUMS, lines.get(0).length() + 1 + 64);

        RunVerification verification = verify();

        assertThat(notWhole(verification))
                .containsExactly(Map.entry(SUMS, FileState.DAMAGED), Map.entry(METRICS, FileState.READABLE));
        assertThat(remark(verification, SUMS))
                .startsWith("expected a SHA-256 and a name in each line of " + place(SUMS)
                        + ", got something else in line 2; ");
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
                .containsExactly(Map.entry(CONFIG, FileState.READABLE), Map.entry(METRICS, FileState.READABLE));
        assertThat(remark(verification, METRICS)).startsWith("the last line of " + place(METRICS) + " is not whole");
        assertThat(verification.notes())
                .containsExactly(
                        "there is no SHA256SUMS in " + run + ", as the run has not ended; checkpoints are checked"
                                + " by their seals, and a change that leaves these files readable is not found: config.yaml,"
                                + " metrics.jsonl");
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

        RunVerification verification = verify();

        assertThat(notWhole(verification))
                .containsOnlyKeys(CONFIG, METRICS, SUMMARY, REPORT)
                .doesNotContainValue(FileState.DAMAGED);
        assertThat(verification.notes())
                .hasSize(1)
                .first()
                .asString()
                .startsWith("there is no SHA256SUMS in " + run
                        + ", as the run is of an older version, or was ended before");
        assertThat(verification.isWhole()).isTrue();
    }

    @Test
    void aCheckpointOfAnotherRunIsTheOneThatDoesNotFit() throws IOException {
        Files.delete(place(SUMS));
        take(ofOtherSeed, checkpoint("teacher"));

        RunVerification verification = verify();

        assertThat(notWhole(verification))
                .containsEntry(checkpoint("teacher"), FileState.MISFIT)
                .doesNotContainKeys(checkpoint("student-1-a"), checkpoint("student-2-b"), checkpoint("student-3-c"));
        assertThat(remark(verification, checkpoint("teacher")))
                .contains("teacher.safetensors is of the run ", "as student-1-a.safetensors (seed is 5 instead of 0)");
        assertThat(verification.isWhole()).isFalse();
    }

    /** As by another machine with the same settings and data: other weights, and a seal that is right for them. */
    private static void changeLastWeight(Path file) throws IOException {
        byte[] content = Files.readAllBytes(file);
        content[content.length - 4] ^= 1;
        String field = "\"mambapkd.sha256\":\"";
        int digits = new String(content, StandardCharsets.ISO_8859_1).indexOf(field) + field.length();
        Arrays.fill(content, digits, digits + 64, (byte) '0');
        byte[] hash = Sha256.hex(content).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(hash, 0, content, digits, hash.length);
        Files.write(file, content);
    }

    @Test
    void studentsOfAnotherTeacherOfTheSameRunDoNotFitIt() throws IOException {
        Files.delete(place(SUMS));
        changeLastWeight(place(checkpoint("teacher")));

        RunVerification verification = verify();

        assertThat(notWhole(verification))
                .containsEntry(checkpoint("student-1-a"), FileState.MISFIT)
                .containsEntry(checkpoint("student-3-c"), FileState.MISFIT);
        assertThat(remark(verification, checkpoint("student-1-a")))
                .isEqualTo(place(checkpoint("student-1-a")) + " was distilled from another teacher.safetensors than the"
                        + " one that is there; put the checkpoints of one run back under their own names");
    }

    @Test
    void exchangedStudentsAreNamed() throws IOException {
        Files.delete(place(SUMS));
        RunOfBars.exchange(place(checkpoint("student-1-a")), place(checkpoint("student-3-c")));

        RunVerification verification = verify();

        assertThat(remark(verification, checkpoint("student-1-a"))).contains(" holds the model c, expected a; ");
        assertThat(remark(verification, checkpoint("student-3-c"))).contains(" holds the model a, expected c; ");
    }

    @Test
    void studentsThatTheSummaryListsAreMissed() throws IOException {
        Files.delete(place(SUMS));
        Files.delete(place(checkpoint("student-3-c")));

        RunVerification verification = verify();

        assertThat(notWhole(verification)).containsEntry(checkpoint("student-3-c"), FileState.MISSING);
        assertThat(remark(verification, checkpoint("student-3-c"))).contains("while summary.json lists it");
    }

    @Test
    void aGapInTheChainIsMissed() throws IOException {
        cut(4);
        Files.delete(place(checkpoint("student-1-a")));
        Files.delete(place(checkpoint("teacher")));

        RunVerification verification = verify();

        assertThat(notWhole(verification))
                .containsEntry(checkpoint("student-1-a"), FileState.MISSING)
                .containsEntry(checkpoint("teacher"), FileState.MISSING);
        assertThat(remark(verification, checkpoint("student-1-a"))).contains("while student-3-c.safetensors is there");
    }

    @Test
    void aRenamedStudentIsFoundUnderItsOtherName() throws IOException {
        cut(4);
        Files.move(place(checkpoint("student-3-c")), place(checkpoint("best")));

        RunVerification verification = verify();

        assertThat(notWhole(verification))
                .containsEntry(checkpoint("student-3-c"), FileState.MISSING)
                .containsEntry(checkpoint("best"), FileState.FOREIGN);
        assertThat(remark(verification, checkpoint("student-3-c")))
                .endsWith("got nothing, and best.safetensors holds the model c; give it its own name back");
    }

    @Test
    void aConfigurationOfOtherSettingsDoesNotFit() throws IOException {
        Files.delete(place(SUMS));
        Files.writeString(
                place(CONFIG), Files.readString(place(CONFIG)).replace("temperature: 2.0", "temperature: 3.0"));

        RunVerification verification = verify();

        assertThat(notWhole(verification)).containsEntry(CONFIG, FileState.MISFIT);
        assertThat(remark(verification, CONFIG)).contains("student.temperature is 3.0 instead of 2.0");
    }

    @Test
    void aSummaryOfOtherDataStudentsOrSeedDoesNotFit() throws IOException {
        Files.delete(place(SUMS));
        String summary = Files.readString(place(SUMMARY));
        Files.writeString(
                place(SUMMARY),
                summary.replaceFirst("\"trainingSha256\" : \"[0-9a-f]{64}", "\"trainingSha256\" : \"" + "0".repeat(64))
                        .replaceFirst("\"seed\" : 0", "\"seed\" : 4")
                        .replaceFirst("\"name\" : \"b\"", "\"name\" : \"z\""));

        RunVerification verification = verify();

        assertThat(notWhole(verification)).containsEntry(SUMMARY, FileState.MISFIT);
        assertThat(remark(verification, SUMMARY))
                .contains("seed is 4 instead of 0", "a student z in place 2", "other training images");
    }

    @Test
    void aSummaryOfFewerStudentsIsOfARunThatWentOn() throws IOException {
        CommandRun teacher = RunOfBars.command(
                folder, teacherAlone(RunOfBars.distill(shared.resolve("bars"), folder.resolve("teacher-run"))));
        assertThat(teacher.exitCode()).as(teacher.err()).isZero();
        byte[] alone = Files.readAllBytes(folder.resolve("teacher-run").resolve(SUMMARY));
        Files.write(place(SUMMARY), alone);
        Files.delete(place(SUMS));

        RunVerification goingOn = verify();
        assertThat(goingOn.isWhole()).isTrue();
        assertThat(goingOn.notes())
                .contains(
                        place(SUMMARY)
                                + " has the results of 0 students, while 3 are there: it is written anew when the run has ended");

        RunSums.write(RunFolder.open(run));
        assertThat(notWhole()).containsExactly(Map.entry(SUMMARY, FileState.MISFIT));
    }

    private static List<String> teacherAlone(List<String> distill) {
        return distill.stream()
                .map(word -> word.equals("distill") ? "teacher" : word)
                .toList();
    }

    @Test
    void checkpointsOfOtherProgramsAreNotFullyChecked() throws IOException {
        RunOfBars.prefix(place(checkpoint("teacher")), "module.");
        Files.delete(place(SUMS));

        RunVerification verification = verify();

        assertThat(notWhole(verification)).containsEntry(checkpoint("teacher"), FileState.READABLE);
        assertThat(verification.notes())
                .anyMatch(note -> note.startsWith(place(checkpoint("teacher")) + " does not say which run"));
    }
}
