package io.mambapkd.bench.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.bench.Main;
import io.mambapkd.bench.kernels.Measurement.Outcome;
import io.mambapkd.bench.result.ResultFile;
import io.mambapkd.bench.result.ResultKind;
import io.mambapkd.emulator.EmulatedDriver;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bench kernels} on the emulated driver: everything but the speed. */
@Tag("run")
class KernelsCommandTest {
    @TempDir
    Path folder;

    private final StringWriter errors = new StringWriter();

    @BeforeEach
    void emulated() {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
        EmulatedDriver.select();
    }

    private int run(String... more) {
        List<String> arguments = new ArrayList<>(List.of("kernels", "--quick", "--commit", "abc"));
        arguments.addAll(List.of(more));
        return Main.run(
                new PrintWriter(new StringWriter()), new PrintWriter(errors, true), arguments.toArray(new String[0]));
    }

    @Test
    void everyOperationIsRightAndTimedInEveryPrecision() {
        Path file = folder.resolve("kernels.json");
        int code = run("--shapes", "S1;W32;T1;R1;P1", "--out", file.toString());
        assertThat(code).as(errors.toString()).isZero();
        KernelsResult result = ResultFile.read(file, KernelsResult.FILES);
        assertThat(result.origin().emulated()).isTrue();
        assertThat(result.origin().commit()).isEqualTo("abc");
        assertThat(result.rows()).allSatisfy(row -> {
            assertThat(row.outcome()).as(row.remark()).isEqualTo(Outcome.MEASURED);
            assertThat(row.microseconds()).hasSize(2).allMatch(time -> time > 0);
            assertThat(row.errorOfTolerance()).isBetween(0.0, 1.0);
            assertThat(row.work().bytes()).isPositive();
            assertThat(row.buffers()).isGreaterThan(1);
        });
        assertThat(result.rows().stream().map(Measurement::operation).distinct())
                .containsExactlyElementsOf(KernelOperations.names());
        assertThat(result.rows().stream().map(Measurement::variant).distinct())
                .containsExactlyInAnyOrderElementsOf(KernelOperations.variants());
        assertThat(result.rows().stream().filter(row -> row.operation().equals("scan_backward")))
                .extracting(row -> row.variant() + " in " + row.precision())
                .containsExactly("shipped in f32", "shipped in bf16", "general in f32", "general in bf16");
        assertThat(KernelsResult.FILES.markdown(result))
                .startsWith(ResultKind.EMULATED)
                .doesNotContain("Furthest from their bounds");
    }

    @Test
    void theResultOfAScanHoldsTheBytesOfItsTensorsAndTheExponentialsOfItsStates() {
        Path file = folder.resolve("kernels.json");
        int code =
                run("--shapes", "2,3,5,7", "--ops", "scan_forward", "--variant", "shipped", "--out", file.toString());
        assertThat(code).as(errors.toString()).isZero();
        KernelsResult result = ResultFile.read(file, KernelsResult.FILES);
        // u, delta, z, y: 4 times 30; B, C: 2 times 42; A: 35; Dskip, bias: 2 times 5. In bf16 u, z and y take half.
        assertThat(result.rows())
                .extracting(row -> row.work().bytes())
                .containsExactly(4L * (4 * 30 + 2 * 42 + 35 + 2 * 5), 2L * 3 * 30 + 4L * (30 + 2 * 42 + 35 + 2 * 5));
        assertThat(result.rows()).allMatch(row -> row.work().exps() == 30 * (7 + 4));
    }

    @Test
    void anUnknownNameIsRefusedInOneSentence() {
        Map<List<String>, String> wrong = Map.of(
                List.of("--ops", "scan"), "--ops: there is no 'scan'; choose from scan_forward",
                List.of("--variant", "fast"), "--variant: there is no 'fast'; choose from shipped",
                List.of("--shapes", "S9"), "got 'S9'",
                List.of("--shapes", "1,2,3"), "got '1,2,3'",
                List.of("--shapes", "1,2,3,0"), "got '1,2,3,0'",
                List.of("--compare", "there-is-no-such.json"), "cannot be read");
        wrong.forEach((arguments, message) -> {
            errors.getBuffer().setLength(0);
            List<String> all = new ArrayList<>(arguments);
            all.addAll(List.of("--out", folder.resolve("x.json").toString()));
            assertThat(run(all.toArray(new String[0]))).as("%s", arguments).isEqualTo(2);
            assertThat(errors.toString()).contains(message).hasLineCount(1);
        });
        assertThat(folder).isEmptyDirectory();
    }
}
