package io.mambapkd.bench.step;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.bench.model.PlannedOperation;
import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.storage.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * {@code make step-nodes}: writes {@code kernels-build/step-nodes.tsv} and {@code step-kernels.tsv} anew; steps of large batches only with {@code LARGE=1}, else they stay as
 * they are. Not part of the ordinary tests (its name does not end in Test).
 */
final class StepNodesRun {
    @Test
    void writesTheFile() throws IOException {
        assertThat(EmulatedDriver.isBuilt()).as(EmulatedDriver.HOW_TO_BUILD).isTrue();
        boolean large = Boolean.getBoolean("stepnodes.large");
        List<CountedStep.Counted> counted = CountedStep.countAll(CountedStep.ALL);
        List<CountedStep.Counted> countedLarge = large ? CountedStep.countAll(CountedStep.LARGE) : List.of();
        List<CountedStep.Counted> measured = CountedStep.countAll(CountedStep.MEASURED);
        String text = StepNodes.text(Stream.concat(
                        nodes(counted),
                        large
                                ? nodes(countedLarge)
                                : StepNodes.read(StepNodes.FILE).stream()
                                        .filter(line -> CountedStep.isLarge(line.model(), line.batch())))
                .toList());
        List<PlannedOperation> old = PlannedOperation.parse(Files.readString(StepNodes.KERNELS), "step-kernels.tsv");
        Stream<PlannedOperation> plansOfLarge =
                large ? plans(countedLarge) : old.stream().filter(CountedStep::isLarge);
        String kernels = PlannedOperation.text(Stream.of(plans(counted), plansOfLarge, plans(measured))
                .flatMap(plan -> plan)
                .toList());
        DurableFiles.write(StepNodes.FILE, text);
        DurableFiles.write(StepNodes.KERNELS, kernels);
        System.out.print(text);
    }

    private static Stream<StepNodes> nodes(List<CountedStep.Counted> steps) {
        return steps.stream().map(CountedStep.Counted::nodes);
    }

    private static Stream<PlannedOperation> plans(List<CountedStep.Counted> steps) {
        return steps.stream().map(CountedStep.Counted::plan);
    }
}
