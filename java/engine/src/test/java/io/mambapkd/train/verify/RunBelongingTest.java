package io.mambapkd.train.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.cli.CommandRun;
import io.mambapkd.cli.commands.RunOfBars;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.storage.RunSums;
import io.mambapkd.storage.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Files that are whole and do not belong together, or of which others are missing. There is no SHA256SUMS, which would tell by itself. */
@Tag("run")
final class RunBelongingTest extends VerifiedRun {
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
