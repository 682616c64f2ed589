package io.mambapkd.bench.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.bench.BenchRun;
import io.mambapkd.bench.result.ResultFile;
import io.mambapkd.emulator.EmulatedDriver;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepCommandTest {
    @TempDir
    Path folder;

    private final BenchRun bench = new BenchRun();

    @Test
    void onTheCpuEveryModelHasARowWithoutDeviceTimes() {
        Path file = folder.resolve("step.json");
        int code = bench.run(
                "step",
                "--device",
                "cpu",
                "--quick",
                "--threads",
                "2",
                "--preset",
                "mnist-demo",
                "--set",
                "teacher.channels=[4, 8]",
                "--set",
                "teacher.images=64",
                "--set",
                "teacher.batch=32",
                "--set",
                "student.images=64",
                "--set",
                "student.batch=32",
                "--commit",
                "abc",
                "--out",
                file.toString());
        assertThat(code).as(bench.errors()).isZero();
        StepResult result = ResultFile.read(file, StepResult.FILES);
        assertThat(result.origin().commit()).isEqualTo("abc");
        assertThat(result.origin().emulated()).isFalse();
        assertThat(result.origin().command()).startsWith("mamba-pkd bench step --device cpu");
        assertThat(result.rows()).hasSizeGreaterThan(2).allSatisfy(row -> {
            assertThat(row.mode()).isEqualTo("eager");
            assertThat(row.precision()).isEqualTo("f32");
            assertThat(row.nodes()).isZero();
            assertThat(row.imagesPerSecond()).isPositive();
            assertThat(row.device().isKnown()).isFalse();
        });
        assertThat(result.rows().get(0).model()).isEqualTo("teacher");
    }

    @Test
    void aNamedWorkloadIsOneStudentOnMadeImages() {
        Path file = folder.resolve("step.json");
        int code = bench.run(
                "step",
                "--device=cpu",
                "--quick",
                "--threads=2",
                "--workload=reference",
                "--set=student.batch=8",
                "--out=" + file);
        assertThat(code).as(bench.errors()).isZero();
        assertThat(ResultFile.read(file, StepResult.FILES).rows())
                .singleElement()
                .satisfies(row -> {
                    assertThat(row.model()).isEqualTo("reference");
                    assertThat(row.batch()).isEqualTo(8);
                    assertThat(row.step().isKnown()).isTrue();
                });
    }

    /** The fused step has a third of the nodes. */
    @Test
    @Tag("run")
    void stepsAreTimedWithAndWithoutFusedKernelsInOneRun() {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
        EmulatedDriver.select();
        Path file = folder.resolve("step.json");
        int code = bench.run(
                "step", "--quick", "--unfused", "--workload=reference", "--set=student.batch=8", "--out=" + file);
        assertThat(code).as(bench.errors()).isZero();
        List<StepResult.Row> rows = ResultFile.read(file, StepResult.FILES).rows();
        assertThat(rows)
                .extracting(StepResult.Row::name)
                .containsExactly(
                        "reference f32 replayed",
                        "reference bf16 replayed",
                        "reference f32 replayed, unfused",
                        "reference bf16 replayed, unfused",
                        "reference f32 eager",
                        "reference bf16 eager",
                        "reference f32 eager, unfused",
                        "reference bf16 eager, unfused");
        assertThat(rows.get(0).nodes()).isPositive().isLessThan(rows.get(2).nodes() / 2);
    }

    @Test
    void aWorkloadAndAPresetTogetherAreRefused() {
        assertThat(bench.run("step", "--device=cpu", "--workload=reference", "--preset=mnist-demo", "--out=x.json"))
                .isEqualTo(2);
        assertThat(bench.errors())
                .contains("--workload: expected no --preset")
                .contains("got --preset mnist-demo")
                .hasLineCount(1);
    }

    @Test
    void anUnknownWorkloadIsRefusedWithThoseThatThereAre() {
        assertThat(bench.run("step", "--device=cpu", "--workload=large", "--out=x.json"))
                .isEqualTo(2);
        assertThat(bench.errors())
                .containsIgnoringCase("reference")
                .containsIgnoringCase("patches8x8")
                .contains("large");
    }

    @Test
    void unfusedIsRefusedWhereNothingIsFused() {
        assertThat(bench.run("step", "--device=cpu", "--unfused", "--out=x.json"))
                .isEqualTo(2);
        assertThat(bench.run("step", "--no-fusion", "--unfused", "--out=x.json"))
                .isEqualTo(2);
        assertThat(bench.errors())
                .contains("--unfused: expected a device with fused kernels, got the cpu")
                .contains("--unfused: expected fused kernels to compare with, got --no-fusion")
                .hasLineCount(2);
    }

    @Test
    void nothingIsStreamedOnTheCpu() {
        Path file = folder.resolve("step.json");
        assertThat(bench.run("step", "--device", "cpu", "--streamed", "--out", file.toString()))
                .isEqualTo(2);
        assertThat(bench.errors())
                .contains("--streamed: expected a device with a memory of its own, got the cpu")
                .hasLineCount(1);
        assertThat(file).doesNotExist();
    }

    @Test
    void optionsOfCudaAreRefusedOnTheCpu() {
        assertThat(bench.run("step", "--device", "cpu", "--tf32", "--out", "x.json"))
                .isEqualTo(2);
        assertThat(bench.errors()).contains("the device is cpu").hasLineCount(1);
    }
}
