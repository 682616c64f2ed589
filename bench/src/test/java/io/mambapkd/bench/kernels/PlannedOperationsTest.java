package io.mambapkd.bench.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.bench.model.PlannedOperation;
import io.mambapkd.emulator.EmulatedDriver;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The committed launches of operations are those that the engine makes. */
@Tag("run")
class PlannedOperationsTest {
    @Test
    void operationsHaveTheLaunchesOfTheFile() throws IOException {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
        assertThat(PlannedOperations.all())
                .as("launches that differ from bench/kernels/launches.tsv; 'make launches' writes it anew")
                .isEqualTo(PlannedOperation.parse(Files.readString(LaunchesRun.FILE), "launches.tsv"));
    }
}
