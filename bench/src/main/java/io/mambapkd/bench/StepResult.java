package io.mambapkd.bench;

import io.mambapkd.InputException;
import java.nio.file.Path;
import java.util.List;

/**
 * What {@code step} measured; one JSON file.
 *
 * @param formatVersion of this record, {@link #FORMAT_VERSION}
 * @param kind what was measured, {@link #KIND}
 * @param device name of the GPU, or of the processor where it was the CPU
 * @param driver release of CUDA that the driver is of; {@code none} on the CPU
 * @param date of the run, UTC, ISO 8601
 * @param commit of the program
 * @param command that repeats it
 * @param emulated whether there was no hardware behind the device, so that the times say nothing
 * @param rows one for each model, precision and mode
 */
public record StepResult(
        int formatVersion,
        String kind,
        String device,
        String driver,
        String date,
        String commit,
        String command,
        boolean emulated,
        List<Row> rows) {
    static final int FORMAT_VERSION = 1;
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

    void write(Path file) {
        ResultFile.write(this, file);
    }

    /** @throws InputException if the file is not such a result, or of another version */
    static StepResult read(Path file) {
        ResultFile.Envelope envelope = ResultFile.envelope(file);
        if (!envelope.kind().equals(KIND) || envelope.formatVersion() != FORMAT_VERSION) {
            throw new InputException("expected a result of kind " + KIND + ", format " + FORMAT_VERSION + ", in " + file
                    + ", got kind " + envelope.kind() + ", format " + envelope.formatVersion()
                    + "; measure again with bench step --out " + file);
        }
        return ResultFile.read(file, StepResult.class, "bench step");
    }
}
