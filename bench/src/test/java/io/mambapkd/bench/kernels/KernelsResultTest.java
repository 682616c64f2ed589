package io.mambapkd.bench.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.InputException;
import io.mambapkd.bench.kernels.Measurement.Outcome;
import io.mambapkd.bench.result.ResultFile;
import io.mambapkd.bench.result.SampleOrigin;
import io.mambapkd.results.Origin;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelsResultTest {
    /** 3,000 GB/s; 4,000 billion exponentials a second; 132 x 128 lanes at 1,500 MHz: 50,688 billion flops a second. */
    private static final Ceilings CEILINGS =
            new Ceilings(2900, 3000, 4000, 0.98, 0.247, 1234, 1500, 132, 128, 50L << 20);

    @TempDir
    Path folder;

    private static Measurement row(String operation, String precision, Work work, double microseconds) {
        return new Measurement(
                operation,
                "shipped",
                precision,
                "S1",
                "B=1 L=2 D=3 N=4",
                Outcome.MEASURED,
                "",
                work,
                0.5,
                3,
                List.of(microseconds));
    }

    private static KernelsResult result(boolean emulated, Measurement... rows) {
        return KernelsResult.of(SampleOrigin.of(emulated), "", CEILINGS, List.of(rows));
    }

    @Test
    void theBoundIsTheLatestOfMemoryExponentialsAndArithmetic() {
        // 3 MB in 1 µs, 4 million exponentials in 1 µs, 50.688 Mflop in 1 µs.
        assertThat(Bound.of(CEILINGS, "f32", new Work(6_000_000, 50_688_000, 4_000_000)))
                .isEqualTo(new Bound(2, Bound.Limit.MEMORY));
        Bound exps = Bound.of(CEILINGS, "f32", new Work(3_000_000, 50_688_000, 12_000_000));
        assertThat(exps.limit()).isEqualTo(Bound.Limit.EXP);
        assertThat(exps.microseconds()).isCloseTo(3, within(1e-9));
        Bound arithmetic = Bound.of(CEILINGS, "f32", new Work(3_000_000, 506_880_000, 4_000_000));
        assertThat(arithmetic.limit()).isEqualTo(Bound.Limit.ARITHMETIC);
        assertThat(arithmetic.microseconds()).isCloseTo(10, within(1e-9));
    }

    @Test
    void productsInBfloat16HaveNoBoundOfArithmetic() {
        assertThat(Bound.of(CEILINGS, "bf16", new Work(3_000_000, 506_880_000, 0))
                        .limit())
                .isEqualTo(Bound.Limit.MEMORY);
    }

    @Test
    void theTableHasRatesAndSharesWorkedOutByHandAndNamesTheWeakest() {
        KernelsResult result = result(
                false,
                row("add", "f32", new Work(6_000_000, 0, 0), 4),
                row("scan_forward", "f32", new Work(3_000_000, 0, 12_000_000), 4));
        assertThat(KernelsResult.FILES.markdown(result))
                .contains("| add | shipped | f32 | S1 | 4.0 (4.0 to 4.0) | 1,500 | 2.0 | memory | 50 % |")
                .contains("| scan_forward | shipped | f32 | S1 | 4.0 (4.0 to 4.0) | 750 | 3.0 | exp unit | 75 % |")
                .contains("S1: B=1 L=2 D=3 N=4")
                .contains("A multiprocessor does 0.98 warp shuffles a clock cycle, or 0.25 loads of 16 bytes")
                .contains("A node of a CUDA graph starts 1,234 ns after the one that it depends on")
                .contains("Furthest from their bounds: add shipped f32 S1 (50 % of what the memory allows)")
                .doesNotContain("mulated");
    }

    @Test
    void whatWasWrongOrSkippedStandsUnderTheTable() {
        Measurement right = row("add", "f32", new Work(6_000_000, 0, 0), 4);
        Measurement wrong = new Measurement(
                "gate", "shipped", "bf16", "S1", "", Outcome.WRONG, "it differs", new Work(0, 0, 0), 9, 0, List.of());
        KernelsResult result = result(false, right, wrong);
        assertThat(result.problems()).containsExactly("gate shipped bf16 S1 is wrong: it differs");
        assertThat(KernelsResult.FILES.markdown(result)).contains("**Wrong**: gate shipped bf16 S1: it differs.");
    }

    @Test
    void aResultReadBackIsTheSame() {
        KernelsResult result = result(true, row("add", "f32", new Work(1, 2, 3), 4));
        Path file = folder.resolve("kernels.json");
        ResultFile.write(result, file);
        assertThat(ResultFile.read(file, KernelsResult.FILES)).isEqualTo(result);
    }

    @Test
    void ratiosAreThoseOfTheSameOperationAndSize() {
        KernelsResult before =
                result(false, row("add", "bf16", new Work(1, 0, 0), 9), row("add", "f32", new Work(1, 0, 0), 6));
        KernelsResult now = result(false, row("add", "f32", new Work(1, 0, 0), 4));
        assertThat(new KernelsComparison(before, folder).markdown(now))
                .contains("| add | shipped | f32 | B=1 L=2 D=3 N=4 | 6.0 | 4.0 | **1.50x** |")
                .doesNotContain("bf16");
    }

    @Test
    void aComparisonWithAnotherDeviceOrAnotherKindIsRefused() throws Exception {
        KernelsComparison comparison = new KernelsComparison(result(false), folder.resolve("old.json"));
        Origin other = new Origin("another GPU", "12.8", "", "", "", false);
        assertThatThrownBy(() -> comparison.requireDevice(other))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("expected a result of this device, another GPU, got one of a GPU in");
        Path file = folder.resolve("step.json");
        Files.writeString(file, "{\"kind\": \"step\", \"formatVersion\": 2}");
        assertThatThrownBy(() -> KernelsComparison.with(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("expected a result of kind kernels, format 2, in " + file);
        // An earlier one, which has no shuffles, broadcasts and nodes among its ceilings.
        Files.writeString(file, "{\"kind\": \"kernels\", \"formatVersion\": 1}");
        assertThatThrownBy(() -> KernelsComparison.with(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("format 2, in " + file + ", got kind kernels, format 1");
    }
}
