package io.mambapkd.bench;

import io.mambapkd.InputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A measured run; one JSON file in {@code bench/results}.
 *
 * @param date of the run, UTC, ISO 8601
 * @param command that repeats it
 * @param settings full or quick
 * @param machine where
 * @param ours description of our backend
 * @param peer description of the peer
 * @param threads of both
 * @param batch images per step, of both
 * @param models one per model
 */
public record CpuStepResult(
        String date,
        String command,
        String settings,
        Machine machine,
        String ours,
        String peer,
        int threads,
        int batch,
        List<Model> models) {

    /**
     * Both engines on one model.
     *
     * @param name shown in the table
     * @param parameters number of learned values
     * @param largestLogitDifference between the engines, on the first step
     * @param ours throughput of our blocks
     * @param peer throughput of the peer's blocks
     */
    public record Model(String name, long parameters, double largestLogitDifference, Samples ours, Samples peer) {
        /** Our median over the peer's. */
        double ratio() {
            return ours.median() / peer.median();
        }
    }

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .build();

    public CpuStepResult {
        models = List.copyOf(models);
    }

    /** Writes the result, replacing the file as a whole. */
    void write(Path file) {
        Path target = file.toAbsolutePath();
        Path folder = target.getParent();
        try {
            if (folder == null || Files.isDirectory(target)) {
                throw new InputException("the result cannot be written to " + file + ": it is a folder; name a file");
            }
            Files.createDirectories(folder);
            Path temporary = Files.createTempFile(folder, "result", ".tmp");
            Files.writeString(temporary, JSON.writeValueAsString(this) + "\n");
            Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failure) {
            throw new InputException("the result cannot be written to " + file + ": " + failure, failure);
        }
    }

    /** @throws InputException if the file is not a result */
    static CpuStepResult read(Path file) {
        String text;
        try {
            text = Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new InputException(
                    "the result " + file + " cannot be read; write one with cpu-step --out " + file, failure);
        }
        try {
            CpuStepResult result = JSON.readValue(text, CpuStepResult.class);
            if (result == null) {
                throw new InputException("the result " + file + " is not one of cpu-step: it holds null");
            }
            return result;
        } catch (JacksonException failure) {
            throw new InputException(
                    "the result " + file + " is not one of cpu-step: " + failure.getOriginalMessage(), failure);
        }
    }
}
