package io.mambapkd.bench.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.Checkout;
import io.mambapkd.bench.model.PlannedOperation;
import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.storage.DurableFiles;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code make launches}: writes {@code bench/kernels/launches.tsv} anew. Not part of the ordinary tests (its name does not end in Test). */
final class LaunchesRun {
    static final Path FILE = Checkout.path("bench/kernels/launches.tsv");

    @Test
    void writesTheFile() {
        assertThat(EmulatedDriver.isBuilt()).as(EmulatedDriver.HOW_TO_BUILD).isTrue();
        List<PlannedOperation> planned = PlannedOperations.all();
        assertThat(planned).isNotEmpty();
        DurableFiles.write(FILE, PlannedOperation.text(planned));
        System.out.println(planned.size() + " operations in " + FILE);
    }
}
