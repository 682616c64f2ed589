package io.mambapkd.bench.step;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.storage.DurableFiles;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code make step-nodes}: writes {@code kernels-build/step-nodes.tsv} anew. Not part of the ordinary tests (its name does not end in Test). */
final class StepNodesRun {
    @Test
    void writesTheFile() {
        assertThat(EmulatedDriver.isBuilt()).as(EmulatedDriver.HOW_TO_BUILD).isTrue();
        List<StepNodes> counted = CountedStep.countAll();
        assertThat(counted).isNotEmpty();
        String text = StepNodes.text(counted);
        DurableFiles.write(StepNodes.FILE, text);
        System.out.print(text);
    }
}
