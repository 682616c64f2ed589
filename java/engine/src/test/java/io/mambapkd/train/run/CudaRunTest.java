package io.mambapkd.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.ops.cuda.options.CudaOptions.Steps;
import io.mambapkd.results.EpochRecord;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.settings.RunSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole distillation on the CUDA backend, on the emulated driver, beside the same on the CPU. */
@Tag("run")
class CudaRunTest {
    private static final String[] FEW_STEPS = {
        "teacher.images=256", "teacher.epochs=1", "student.images=256", "student.epochs=1", "student.batch=64"
    };

    @TempDir
    private Path folder;

    @BeforeEach
    void needsTheEmulatedDriver() {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
    }

    private List<EpochRecord> run(String name, Backend backend, String... more) {
        SmallRun run = new SmallRun();
        RunSpec spec = SmallRun.spec(
                Stream.concat(Stream.of(FEW_STEPS), Stream.of(more)).toArray(String[]::new));
        run.run(spec, folder.resolve(name), backend, 2, Extent.GROUP);
        return run.epochs;
    }

    private static double[] losses(List<EpochRecord> epochs) {
        return epochs.stream().mapToDouble(EpochRecord::loss).toArray();
    }

    @Test
    void teacherAndStudentsLoseAsOnTheCpu() {
        double[] cpu = losses(run("cpu", new CpuBackend(2)));
        double[] graph = losses(run("graph", EmulatedDriver.openPacked(Steps.GRAPH)));

        assertThat(graph).hasSameSizeAs(cpu).hasSizeGreaterThan(2);
        for (int i = 0; i < cpu.length; i++) {
            assertThat(graph[i]).as("epoch record %d", i).isCloseTo(cpu[i], within(1e-4 * cpu[i]));
        }
    }

    /**
     * A dozen roundings of 2^-8 on the way to the logits, which are independent, move them by 1.4 % of their norm, and a loss by up to twice as much.
     */
    @Test
    void aRunInBfloat16LosesAboutAsInFloatsAndGraphsRepeatItToTheBit() {
        String[] narrow = {"teacher.precision=bf16", "student.precision=bf16"};
        double[] cpu = losses(run("cpu", new CpuBackend(2)));
        double[] eager = losses(run("eager", EmulatedDriver.openPacked(Steps.EAGER), narrow));
        double[] graph = losses(run("graph", EmulatedDriver.openPacked(Steps.GRAPH), narrow));

        assertThat(eager).hasSameSizeAs(cpu).hasSizeGreaterThan(2);
        for (int i = 0; i < cpu.length; i++) {
            assertThat(eager[i]).as("epoch record %d", i).isNotEqualTo(cpu[i]).isCloseTo(cpu[i], within(0.03 * cpu[i]));
        }
        assertThat(graph).containsExactly(eager);
    }

    /** Steps are launched eight at a time, and 11 of them are left over in an epoch of 19. */
    @Test
    void dataThatDoNotFitAreBroughtBatchByBatchAndTrainAlike() {
        String[] settings = {
            "teacher.images=304",
            "teacher.batch=16",
            "teacher.epochs=1",
            "student.images=70",
            "student.copies=3",
            "student.epochs=2",
            "student.scheme=bdistil"
        };
        SmallRun resident = new SmallRun();
        SmallRun streamed = new SmallRun();
        RunSpec spec = SmallRun.spec(settings);
        resident.run(spec, folder.resolve("resident"), EmulatedDriver.openPacked(Steps.GRAPH), 2, Extent.GROUP);
        streamed.run(
                spec,
                folder.resolve("streamed"),
                NoRoomForData.on(EmulatedDriver.openPacked(Steps.GRAPH)),
                2,
                Extent.GROUP);

        double[] expected = losses(streamed.epochs);
        double[] actual = losses(resident.epochs);
        assertThat(actual).hasSameSizeAs(expected).hasSize(7);
        for (int i = 0; i < expected.length; i++) {
            // The random maps of the augmentation may differ in their last bit.
            assertThat(actual[i]).as("epoch record %d", i).isCloseTo(expected[i], within(1e-4 * expected[i]));
        }
        assertThat(resident.stages).noneMatch(note -> note.contains("batch by batch"));
        assertThat(streamed.stages)
                .anyMatch(note -> note.startsWith("the training images take 0 MiB, more than"))
                .anyMatch(note -> note.startsWith("the cached copies take"));
    }

    /** The weights lie on the device; the second student has those of boosting on top. */
    @Test
    void aRunWithClassWeightsLosesAsOnTheCpu() {
        String[] weighted = {
            "classWeights=balanced",
            "student.scheme=bdistil",
            "teacher.images=96",
            "teacher.batch=16",
            "student.images=64",
            "student.batch=16",
            "validationImages=32",
            "testImages=32"
        };
        double[] cpu = losses(run("cpu", new CpuBackend(2), weighted));
        double[] resident = losses(run("resident", EmulatedDriver.openPacked(Steps.GRAPH), weighted));

        assertThat(resident).hasSameSizeAs(cpu).hasSizeGreaterThan(2);
        for (int i = 0; i < cpu.length; i++) {
            assertThat(resident[i]).as("epoch record %d", i).isCloseTo(cpu[i], within(1e-4 * cpu[i]));
        }
    }

    /** The copy of the parameters in bfloat16 is made in the graph: a replayed step that kept an old one would lose otherwise than an eager one. */
    @Test
    void aTeacherInBfloat16LosesAboutAsInFloatsAndGraphsRepeatItToTheBit() {
        String[] narrow = {"teacher.images=256", "teacher.epochs=1", "teacher.precision=bf16"};
        double[] floats = teacherLosses("floats", new CpuBackend(2), "teacher.images=256", "teacher.epochs=1");
        double[] eager = teacherLosses("eager", EmulatedDriver.openPacked(Steps.EAGER), narrow);
        double[] graph = teacherLosses("graph", EmulatedDriver.openPacked(Steps.GRAPH), narrow);

        assertThat(eager).hasSameSizeAs(floats).isNotEmpty();
        for (int i = 0; i < floats.length; i++) {
            // Four roundings of 2^-8 of the logits in every step, of which a few are added up.
            assertThat(eager[i]).as("epoch record %d", i).isCloseTo(floats[i], within(0x1p-6 * floats[i]));
        }
        assertThat(graph).containsExactly(eager);
    }

    private double[] teacherLosses(String name, Backend backend, String... settings) {
        SmallRun run = new SmallRun();
        run.run(SmallRun.spec(settings), folder.resolve(name), backend, 2, Extent.TEACHER_ONLY);
        return losses(run.epochs);
    }
}
