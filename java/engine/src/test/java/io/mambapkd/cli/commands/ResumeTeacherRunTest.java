package io.mambapkd.cli.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.cli.CommandRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run of the teacher alone goes on with students. */
@Tag("run")
final class ResumeTeacherRunTest {
    @TempDir
    private Path folder;

    /** What fitted the teacher alone; a run's settings stay, so the way on is another run. */
    @Test
    void studentsThatDoNotFitTheirImagesAreRefusedWithAWayOn() throws IOException {
        Path data = folder.resolve("bars");
        BarImages.write(data, 8, 4, 100, 40, 200);
        Path run = folder.resolve("teacher");
        List<String> teacher = RunOfBars.distill(data, run, "--set", "student.batch=512");
        teacher.set(0, "teacher");
        assertThat(RunOfBars.command(folder, teacher).exitCode()).isZero();

        CommandRun resumed = RunOfBars.command(folder, "distill", "--resume", run.toString(), "--device", "cpu");

        assertThat(resumed.exitCode()).isEqualTo(2);
        assertThat(resumed.err())
                .contains("student.batch is 512 but only ")
                .containsPattern(
                        "use --set student.batch=\\d+ in another run, which takes this one's teacher with --teacher ")
                .contains(run + ": --resume changes no settings");
        String setting = resumed.err().replaceAll("(?s).*--set (student.batch=\\d+).*", "$1");
        CommandRun followed = RunOfBars.command(
                folder,
                "distill",
                "--device",
                "cpu",
                "--dataset",
                "idx:" + data,
                "--teacher",
                run.toString(),
                "--set",
                "validationImages=20",
                "--set",
                setting);
        assertThat(followed.exitCode()).as(followed.err()).isZero();
    }
}
