package io.mambapkd.bench.sass;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.storage.DurableFiles;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code make counts}: counts the instructions of all kernels anew. Not part of the ordinary tests (its name does not end in Test). */
final class CountsRun {
    @ParameterizedTest
    @MethodSource("io.mambapkd.bench.sass.CommittedCountsTest#folders")
    void writesTheTable(PtxFolder folder) {
        CountTable table = Disassembler.of(System.getenv()).count(folder);
        assertThat(table.loops()).isNotEmpty();
        DurableFiles.write(folder.counts(), table.text());
        System.out.println(table.loops().size() + " loops in " + folder.counts());
    }
}
