package io.mambapkd.bench.step;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.bench.model.PlannedOperation;
import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.storage.DurableFiles;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code make step-nodes}: writes {@code kernels-build/step-nodes.tsv} and {@code step-kernels.tsv} anew. Not part of the ordinary tests (its name does not end in Test). */
final class StepNodesRun {
    @Test
    void writesTheFile() {
        assertThat(EmulatedDriver.isBuilt()).as(EmulatedDriver.HOW_TO_BUILD).isTrue();
        List<CountedStep.Counted> counted =
                CountedStep.countAll(Stream.concat(CountedStep.ALL.stream(), CountedStep.LARGE.stream())
                        .toList());
        assertThat(counted).isNotEmpty();
        String text =
                StepNodes.text(counted.stream().map(CountedStep.Counted::nodes).toList());
        DurableFiles.write(StepNodes.FILE, text);
        System.out.print(text);
        List<PlannedOperation> plans = Stream.concat(
                        counted.stream(), CountedStep.countAll(CountedStep.MEASURED).stream())
                .map(CountedStep.Counted::plan)
                .toList();
        DurableFiles.write(StepNodes.KERNELS, PlannedOperation.text(plans));
    }
}
