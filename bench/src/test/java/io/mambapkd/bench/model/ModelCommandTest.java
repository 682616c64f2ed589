package io.mambapkd.bench.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.Checkout;
import io.mambapkd.bench.Main;
import io.mambapkd.bench.result.ResultFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bench model}, with the committed tables and the committed results of an H100. */
class ModelCommandTest {
    private static final Path MEASURED = Checkout.path("bench/results/gpu/h100-2026-11-28/check");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path folder = Path.of("");

    private int run(String... arguments) {
        String[] all = new String[arguments.length + 1];
        all[0] = "model";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return Main.run(new PrintWriter(out), new PrintWriter(err), all);
    }

    private ModelResult predicted(String... arguments) {
        Path file = folder.resolve("model.json");
        String[] all = new String[arguments.length + 2];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        all[arguments.length] = "--out";
        all[arguments.length + 1] = file.toString();
        assertThat(run(all)).as(err.toString()).isZero();
        return ResultFile.read(file, ModelResult.FILES);
    }

    @Test
    void everyDeviceHasAPredictionForEveryOperation() {
        for (String device : Device.names()) {
            List<Prediction> rows = predicted("--device", device).rows();
            assertThat(rows)
                    .extracting(Prediction::operation)
                    .contains("scan_backward", "adamw", "conv2d_forward", "step");
            assertThat(rows).allSatisfy(row -> {
                assertThat(row.microseconds()).isFinite().isGreaterThan(row.memory());
                assertThat(row.isMeasured()).isFalse();
            });
        }
    }

    @Test
    void moreMemoryTakesLongerAndAFasterDeviceLess() {
        String[] add = {"--ops", "add", "--shapes", "S4", "--device", ""};
        add[5] = "h100";
        double h100 = predicted(add).rows().get(0).microseconds();
        add[5] = "h200";
        assertThat(predicted(add).rows().get(0).microseconds()).isLessThan(h100);
        add[5] = "a100";
        assertThat(predicted(add).rows().get(0).microseconds()).isGreaterThan(h100);
    }

    /** At S2 the kernel that adds the sums of the blocks has more threads than the scan, and next to no bytes. */
    @Test
    void theBytesOfAnOperationOverlapWithTheKernelThatComputesLongest() {
        List<Prediction> rows =
                predicted("--ops", "scan_backward", "--shapes", "S2").rows();
        assertThat(rows).extracting(Prediction::variant).contains("shipped", "general");
        assertThat(rows).allSatisfy(row -> assertThat(row.microseconds()).isLessThan(row.memory() + row.compute()));
    }

    @Test
    void measuredTimesStandBesideWithTheErrorOfTheModel() {
        ModelResult result = predicted(
                "--ops",
                "scan_forward,step",
                "--measured",
                MEASURED.resolve("kernels.json").toString(),
                "--measured",
                MEASURED.resolve("step.json").toString());
        assertThat(result.rows())
                .filteredOn(row -> row.size().equals("S1") && row.variant().equals("shipped"))
                .extracting(row -> Math.round(10 * row.measured()))
                .containsExactly(403L, 533L);
        assertThat(result.rows())
                .filteredOn(row -> row.variant().equals("rows4-d4"))
                .extracting(row -> Math.round(10 * row.measured()))
                .containsExactly(1785L, 1979L);
        assertThat(out.toString()).contains("| error |", "- All rows: ", "median error");
    }

    /** Of kernels that are still those that were measured. */
    @Test
    void elementwiseOperationsArePredictedWithinAThirdOfWhatTheH100Took() {
        List<Prediction> rows = predicted(
                        "--ops",
                        "add,silu_forward,silu_backward,gate_forward,convert,conv1d_forward",
                        "--measured",
                        MEASURED.resolve("kernels.json").toString())
                .rows();
        assertThat(rows).hasSize(44).allSatisfy(row -> assertThat(row.error()).isBetween(-1 / 3.0, 1 / 3.0));
    }

    @Test
    void timesOfAnotherDeviceAreRefused() {
        assertThat(run(
                        "--device",
                        "a100",
                        "--measured",
                        MEASURED.resolve("kernels.json").toString()))
                .isEqualTo(2);
        assertThat(err.toString()).contains("NVIDIA A100", "NVIDIA H100", "--device");
    }

    @Test
    void timesOfTheEmulatedDriverAreRefused() throws IOException {
        Path emulated = folder.resolve("emulated.json");
        String measured = Files.readString(MEASURED.resolve("kernels.json"));
        Files.writeString(emulated, measured.replaceFirst("\"emulated\" ?: ?false", "\"emulated\": true"));
        assertThat(run("--measured", emulated.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("emulated driver in " + emulated).doesNotContain("--device");
    }

    @Test
    void aSizeThatNoneOfTheOperationsHasIsRefused() {
        assertThat(run("--ops", "scan_forward", "--shapes", "B128")).isEqualTo(2);
        assertThat(err.toString()).contains("--shapes: ", "got B128 for scan_forward");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void anUnknownNameIsRefusedWithTheChoices() {
        assertThat(run("--device", "b100")).isEqualTo(2);
        assertThat(err.toString()).contains("b100", "h100, h200, a100");
        assertThat(run("--ops", "scan")).isEqualTo(2);
        assertThat(err.toString()).contains("'scan'", "scan_forward");
    }
}
