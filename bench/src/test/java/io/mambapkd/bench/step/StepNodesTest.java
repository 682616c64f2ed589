package io.mambapkd.bench.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.bench.model.PlannedOperation;
import io.mambapkd.bench.step.StepBenchmark.Role;
import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.emulator.EmulatedDriver.GraphNodes;
import io.mambapkd.nn.Precision;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cuda.options.CudaOptions.Steps;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How many nodes a training step takes, and how many bytes they move: as {@code kernels-build/step-nodes.tsv} says. */
@Tag("run")
class StepNodesTest {
    @Test
    void stepsHaveTheNodesAndBytesOfTheFile() throws IOException {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
        assertThat(StepNodes.FILE).as("'make step-nodes' writes it").exists();
        List<CountedStep.Counted> counted = CountedStep.countAll(CountedStep.ALL);
        assertThat(StepNodes.differences(
                        StepNodes.read(StepNodes.FILE).stream()
                                .filter(line -> !CountedStep.isLarge(line.model(), line.batch()))
                                .toList(),
                        counted.stream().map(CountedStep.Counted::nodes).toList()))
                .as("training steps that differ from kernels-build/step-nodes.tsv; 'make step-nodes' writes it anew")
                .isEmpty();
        assertThat(PlannedOperation.parse(Files.readString(StepNodes.KERNELS), "step-kernels.tsv"))
                .as("launches of training steps, in kernels-build/step-kernels.tsv; 'make step-nodes' writes it anew")
                .containsAll(counted.stream().map(CountedStep.Counted::plan).toList());
    }

    /** More nodes cost time at small batches, more bytes at large ones. */
    @ParameterizedTest
    @CsvSource({
        "teacher, 8, 75, 26e6",
        "rows2-d48, 128, 22, 40e6",
        "reference, 128, 30, 36e6",
        "reference, 4096, 30, 870e6"
    })
    void aStepStaysWithinItsNodesAndBytes(String model, int batch, long nodes, double bytes) throws IOException {
        assertThat(StepNodes.read(StepNodes.FILE))
                .filteredOn(line -> line.model().equals(model) && line.batch() == batch)
                .hasSize(2)
                .allSatisfy(line -> {
                    assertThat(line.nodes().all()).as(line.key()).isLessThanOrEqualTo(nodes);
                    assertThat((double) line.bytes()).as(line.key()).isLessThanOrEqualTo(bytes);
                });
    }

    @Test
    void aLaunchOfEightStepsHasTheNodesAndBytesOfOneEightTimes() {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
        CountedStep step =
                new CountedStep("rows4-d4", 8, Role.STUDENT, 0, CountedStep.DEMO, List.of("teacher.channels=[4]"));
        try (Backend backend = EmulatedDriver.openPacked(Steps.GRAPH)) {
            StepNodes one = step.count(backend, Precision.F32, 1).nodes();
            StepNodes eight = step.count(backend, Precision.F32, 8).nodes();
            GraphNodes nodes = one.nodes();
            assertThat(nodes.kernels()).isPositive();
            assertThat(eight.nodes())
                    .isEqualTo(new GraphNodes(
                            8 * nodes.kernels(), 8 * nodes.libraryCalls(), 8 * nodes.copies(), 8 * nodes.fills()));
            assertThat(eight.bytes()).isEqualTo(8 * one.bytes());
        }
    }

    private static StepNodes line(String model, int batch, long kernels, long bytes) {
        return new StepNodes(model, batch, "f32", new GraphNodes(kernels, 20, 0, 1), bytes);
    }

    @Test
    void whatIsWrittenReadsBackTheSame(@TempDir Path folder) throws IOException {
        List<StepNodes> steps = List.of(line("teacher", 8, 76, 3000), line("reference", 128, 62, 5000));
        Path file = folder.resolve("nodes.tsv");
        Files.writeString(file, StepNodes.text(steps));
        assertThat(StepNodes.read(file)).isEqualTo(steps);
        assertThat(StepNodes.differences(steps, steps)).isEmpty();
    }

    @Test
    void aDifferenceInEitherDirectionIsNamedWithBothNumbers() {
        StepNodes written = line("teacher", 8, 76, 3000);
        for (StepNodes counted : List.of(line("teacher", 8, 77, 3000), line("teacher", 8, 75, 3000))) {
            assertThat(StepNodes.differences(List.of(written), List.of(counted)))
                    .singleElement()
                    .asString()
                    .startsWith("teacher, batch 8, f32: a step has "
                            + counted.nodes().all() + " nodes")
                    .contains("its line says 97 nodes (76 kernels, 20 library calls, 0 copies, 1 memsets)");
        }
        assertThat(StepNodes.differences(List.of(written), List.of(line("teacher", 8, 76, 3001))))
                .singleElement()
                .asString()
                .contains("3001 bytes", "3000 bytes");
    }

    @Test
    void aStepWithoutALineAndALineWithoutAStepAreNamed() {
        assertThat(StepNodes.differences(List.of(line("teacher", 8, 76, 3000)), List.of(line("teacher", 16, 76, 3000))))
                .containsExactly(
                        "teacher, batch 16, f32: has no line",
                        "teacher, batch 8, f32: has a line, but no step is counted for it");
        StepNodes twice = line("teacher", 8, 76, 3000);
        assertThat(StepNodes.differences(List.of(twice, twice), List.of(twice)))
                .containsExactly("two lines are for the same step");
    }

    @Test
    void aLineThatIsNoneIsNamed(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("nodes.tsv");
        for (String line : List.of(
                "teacher\t8\tf32",
                "teacher\tx\tf32\t97\t76\t20\t0\t1\t3000",
                "teacher\t8\tf32\t99\t76\t20\t0\t1\t3000")) {
            Files.writeString(file, StepNodes.HEADER + "\n" + line + "\n");
            assertThatThrownBy(() -> StepNodes.read(file))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(line);
        }
    }
}
