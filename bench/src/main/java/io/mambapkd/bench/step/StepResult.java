package io.mambapkd.bench.step;

import io.mambapkd.bench.result.Result;
import io.mambapkd.bench.result.ResultKind;
import io.mambapkd.bench.result.Timing;
import io.mambapkd.results.Origin;
import java.util.List;

/**
 * What {@code step} measured; one JSON file.
 *
 * @param formatVersion of this record, {@link #FORMAT_VERSION}
 * @param kind what was measured, {@link #KIND}
 * @param origin where it was measured
 * @param incomplete why rows are missing, as a sentence; empty if none is
 * @param rows one for each model, precision and mode
 */
public record StepResult(int formatVersion, String kind, Origin origin, String incomplete, List<Row> rows)
        implements Result {
    static final int FORMAT_VERSION = 3;
    static final String KIND = "step";

    /** Behind the mode of a step each of whose operations is a kernel of its own. */
    static final String UNFUSED = ", unfused";

    /** Behind the mode of a step whose data were brought batch by batch from the host's memory. */
    static final String STREAMED = ", streamed";

    /** How its files are read and shown. */
    public static final ResultKind<StepResult> FILES =
            new ResultKind<>(KIND, FORMAT_VERSION, StepResult.class, "mamba-pkd bench step", StepTable::markdown);

    /** How a row ended. */
    public enum Outcome {
        MEASURED,
        /** The device or a library failed. */
        FAILED
    }

    /**
     * One model in one precision and one mode.
     *
     * @param model its name
     * @param precision f32 or bf16
     * @param mode replayed (as a CUDA graph) or eager (kernel by kernel); behind it {@code , unfused} where each operation is a kernel of its own, and {@code , streamed} where the
     *     data were brought batch by batch
     * @param batch images of a step
     * @param outcome how it ended
     * @param reason why it failed, as a sentence, or empty; there are no times then
     * @param stepsPerLaunch steps that are launched at once; 0 where it failed
     * @param nodes of the CUDA graph, for one step; 0 where steps are not replayed, or where it failed
     * @param step time of a step, when steps are launched ahead as in a training
     * @param launch the host's time to launch a step
     * @param device time on the device from the start of a launch to its end, for a step; unknown on the CPU
     */
    public record Row(
            String model,
            String precision,
            String mode,
            int batch,
            Outcome outcome,
            String reason,
            int stepsPerLaunch,
            double nodes,
            Timing step,
            Timing launch,
            Timing device) {
        /** Model, precision and mode. */
        public String name() {
            return model + " " + precision + " " + mode;
        }

        public boolean isMeasured() {
            return outcome == Outcome.MEASURED;
        }

        /** Whether this is another row's step in a mode with this behind it. */
        boolean isOtherwise(Row other, String suffix) {
            return mode.contains(suffix) && name().replace(suffix, "").equals(other.name());
        }

        double imagesPerSecond() {
            return batch / step.median() * 1e6;
        }

        /** The share of the time of a step in which the device works on it. */
        double deviceShare() {
            return device.median() / step.median();
        }
    }

    public StepResult {
        rows = List.copyOf(rows);
    }

    @Override
    public List<String> problems() {
        return rows.stream()
                .filter(row -> !row.isMeasured())
                .map(row -> row.name() + ": " + row.reason())
                .toList();
    }
}
