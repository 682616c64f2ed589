package io.mambapkd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.model.StudentPrecision;
import io.mambapkd.nn.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What the device and the precision of a run come to. */
final class RunDeviceTest extends SmallDataCommands {
    @Test
    void automaticChoiceOfTheDeviceIsExplainedAndOneOfTheUsersIsNot() {
        String reason = "(chosen by --device auto, as CUDA is of no use here: there is no driver)";

        CommandRun automatic = distillSmall(jobs, "--threads", "3");
        assertThat(jobs.asked().device()).startsWith("3 threads, ").contains(reason);
        assertThat(jobs.asked().threads()).isEqualTo(3);
        assertThat(automatic.err()).contains(reason);

        distillSmall(jobs, "--device", "cpu", "--out", folder.resolve("o").toString());
        assertThat(jobs.asked().device()).doesNotContain("auto");
    }

    @Test
    void studentsInBfloat16AreRefusedOnTheCpuBeforeThereIsARunFolder() {
        String key = "student.precision";
        CommandRun run = distillSmall(jobs, "--set", key + "=bf16", "--device", "cpu", "--threads", "1");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err().lines().toList())
                .singleElement()
                .asString()
                .startsWith("mamba-pkd: " + key + " is bf16, which needs --device cuda with a GPU of compute"
                        + " capability 8.0 or newer, but the run is on cpu, 1 thread,")
                .endsWith("; use --set " + key + "=f32, or such a GPU");
        assertThat(jobs.context).isNull();
        assertThat(folder.resolve("runs")).doesNotExist();
    }

    @Test
    void theCpuTrainsATeacherInBfloat16() {
        CommandRun run = distillSmall(jobs, "--set", "teacher.precision=bf16", "--device", "cpu", "--threads", "1");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(jobs.asked().spec().teacher().precision()).isEqualTo(Precision.BF16);
    }

    @Test
    void theCpuEvaluatesARunInBfloat16InFloatsAndSaysSo() throws IOException {
        Path out = folder.resolve("out");
        distillSmall(jobs, "--out", out.toString());
        FakeJobs.writeEmptyTeacher(out);
        Path config = out.resolve("config.yaml");
        Files.writeString(config, Files.readString(config).replaceAll("precision: (f32|auto)", "precision: bf16"));

        CommandRun run = run("evaluate", out.toString(), "--device", "cpu");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err())
                .contains("note: the run was trained in bf16, which this device lacks; evaluating its f32 checkpoints"
                        + " in f32");
        assertThat(jobs.asked().spec().teacher().precision()).isEqualTo(Precision.F32);
        assertThat(jobs.asked().spec().student().precision()).isEqualTo(StudentPrecision.F32);
    }
}
