package io.mambapkd.bench;

import java.util.List;

/**
 * What {@code step} measured; one JSON file.
 *
 * @param formatVersion of this record, {@link #FORMAT_VERSION}
 * @param kind what was measured, {@link #KIND}
 * @param origin where it was measured
 * @param rows one for each model, precision and mode
 */
public record StepResult(int formatVersion, String kind, Origin origin, List<Row> rows) implements Result {
    static final int FORMAT_VERSION = 2;
    static final String KIND = "step";

    /**
     * One model in one precision and one mode.
     *
     * @param model its name
     * @param precision f32 or bf16
     * @param mode replayed (as a CUDA graph) or eager (kernel by kernel)
     * @param batch images of a step
     * @param stepsPerLaunch steps that are launched at once
     * @param step time of a step, when steps are launched ahead as in a training
     * @param launch the host's time to launch a step
     * @param device time on the device from the start of a launch to its end, for a step; unknown on the CPU
     */
    public record Row(
            String model,
            String precision,
            String mode,
            int batch,
            int stepsPerLaunch,
            Timing step,
            Timing launch,
            Timing device) {
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
}
