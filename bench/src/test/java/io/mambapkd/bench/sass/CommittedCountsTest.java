package io.mambapkd.bench.sass;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The committed counts belong to the committed PTX, and their loops are within their limits. Needs no tool of NVIDIA's. */
class CommittedCountsTest {
    static Stream<PtxFolder> folders() {
        return Stream.of("kernels-build", "bench/kernels").map(name -> new PtxFolder(Checkout.path(name)));
    }

    @ParameterizedTest
    @MethodSource("folders")
    void countsAreOfThisPtxAndWithinTheirLimits(PtxFolder folder) throws IOException {
        CountTable table = CountTable.parse(
                Files.readString(folder.counts()), folder.counts().toString());
        CountedLoop.File loops = CountedLoop.parse(
                Files.readString(folder.loops()), folder.loops().toString());
        assertThat(loops.loops()).isNotEmpty();
        assertThat(Gate.problems(table, loops, folder.hashes())).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("folders")
    void countsAreWrittenAsTheyAreRead(PtxFolder folder) throws IOException {
        String text = Files.readString(folder.counts());
        assertThat(CountTable.parse(text, "counts.tsv").text()).isEqualTo(text);
    }
}
