package io.mambapkd.bench.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.Checkout;
import io.mambapkd.bench.BenchRun;
import io.mambapkd.bench.result.SampleOrigin;
import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cuda.options.CudaOptions.Steps;
import io.mambapkd.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** {@code bench model --fused}: the table of fused parts by width. */
class FusedChoiceTest {
    private static final int[] WIDTHS = {32, 64, 96, 128, 192, 256};
    private static final int LENGTH = 28;
    private static final int STATES = 8;

    private final BenchRun bench = new BenchRun();

    private int run(String... arguments) {
        List<String> all = new ArrayList<>(List.of("model", "--fused"));
        all.addAll(List.of(arguments));
        return bench.run(all.toArray(new String[0]));
    }

    /** Part, precision, size and what is taken, of each row of a table. */
    private static List<String> taken(String table) {
        return table.lines()
                .filter(line -> line.matches("\\| \\w+ \\| (f32|bf16) \\| W\\d+ \\|.*"))
                .map(line -> line.split(" *\\| *", -1))
                .map(cells -> String.join(" ", cells[1], cells[2], cells[3], cells[cells.length - 2]))
                .toList();
    }

    /** The same, as the backend answers for a model of half the width and a rank of a sixteenth of that. */
    private static List<String> answered(Backend device) {
        List<String> rows = new ArrayList<>();
        for (String part : List.of("norm_projection", "conv_projection", "mixing", "projection")) {
            for (DType type : List.of(DType.F32, DType.BF16)) {
                Arrays.stream(WIDTHS)
                        .mapToObj(width -> String.join(
                                " ",
                                part,
                                type.name().toLowerCase(Locale.ROOT),
                                "W" + width,
                                part(device, part, width, type).isPresent() ? "fused" : "separate"))
                        .forEach(rows::add);
            }
        }
        return rows;
    }

    private static Optional<?> part(Backend device, String part, int width, DType type) {
        int rank = width / 32;
        return switch (part) {
            case "norm_projection" -> device.block().normProjection(width / 2, 2 * width, type);
            case "conv_projection" -> device.block().convProjection(width, 4, rank + 2 * STATES, type);
            case "mixing" -> device.block().mixing(LENGTH, width, STATES, rank, type);
            default -> device.block().projection(width, width / 2, type);
        };
    }

    @Test
    void theTableSaysWhatTheBackendTakes() throws IOException {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
        assertThat(run()).as(bench.errors()).isZero();
        try (Backend device = EmulatedDriver.openPacked(Steps.EAGER)) {
            List<String> answered = answered(device);
            assertThat(answered).contains("norm_projection bf16 W96 separate", "mixing bf16 W256 fused");
            assertThat(taken(bench.output())).containsExactlyInAnyOrderElementsOf(answered);
            assertThat(taken(Files.readString(Checkout.path("cuda/README.md"))))
                    .as("cuda/README.md, whose table 'bench model --fused' and 'bench report' write anew")
                    .containsExactlyInAnyOrderElementsOf(answered);
        }
    }

    private static Prediction prediction(double microseconds, double measured) {
        return new Prediction("", "", "", "", "", 1, microseconds, 0, 0, "memory", true, measured);
    }

    @Test
    void timesOfBothDirectionsAreComparedMeasuredWhereAllWereElsePredicted() {
        List<Prediction> separate = List.of(prediction(10, 40), prediction(30, 40));
        assertThat(new FusedChoice("", "", "", "", List.of(prediction(20, 10), prediction(30, 30)), separate).ratio())
                .isEqualTo(0.5);
        assertThat(new FusedChoice("", "", "", "", List.of(prediction(20, 10), prediction(30, 0)), separate).ratio())
                .isEqualTo(1.25);
    }

    private static Prediction of(String operation, String variant, String size, double microseconds, double measured) {
        return new Prediction(
                operation, variant, "f32", size, "D=" + size, 1, microseconds, 0, 0, "memory", true, measured);
    }

    @Test
    void measuredTimesStandInBracketsAndWhatIsTakenAlthoughSlowerIsNamed() {
        FusedResult result = FusedResult.of(
                SampleOrigin.of(false),
                List.of("kernels.json"),
                List.of(
                        of("mixing_forward", "shipped", "W1", 10, 12),
                        of("mixing_forward", "separate", "W1", 10, 11),
                        of("mixing_forward", "separate", "W2", 20, 0),
                        of("mixing_backward", "shipped", "W1", 10, 12),
                        of("mixing_backward", "separate", "W1", 10, 9),
                        of("mixing_backward", "separate", "W2", 20, 0)));
        assertThat(FusedResult.FILES.markdown(result))
                .contains(
                        "| mixing | f32 | W1 | 10.0 (12.0) | 10.0 (11.0) | 10.0 (12.0) | 10.0 (9.0) | **120 %** | fused |")
                .contains("| mixing | f32 | W2 | - | 20.0 | - | 20.0 | - | separate |")
                .contains("- Taken although slower by more than 10 %: mixing f32 W1.")
                .contains("- Sizes: W1: D=W1; W2: D=W2.", "- Measured: kernels.json.");
    }

    @Test
    void aSizeOfOtherOperationsIsRefusedWithThoseThatThereAre() {
        assertThat(run("--shapes", "S1")).isEqualTo(2);
        assertThat(bench.errors())
                .contains("got S1 for --fused, which has W32, W64, W96, W128, W192, W256; leave --shapes out")
                .hasLineCount(1);
    }

    @Test
    void operationsBesideFusedAreRefused() {
        assertThat(run("--ops", "add")).isEqualTo(2);
        assertThat(bench.errors())
                .contains("--fused: expected no --ops beside it", "got --ops add")
                .hasLineCount(1);
    }
}
