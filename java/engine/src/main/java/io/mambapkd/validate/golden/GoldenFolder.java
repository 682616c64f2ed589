package io.mambapkd.validate.golden;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.checkpoint.Safetensors;
import io.mambapkd.storage.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A folder of reference vectors: {@code index.json} and a {@linkplain Safetensors safetensors} file for each case.
 *
 * <p>{@code index.json} is an object with an array {@code cases} of objects, of which these keys are read: {@code file}, name of the case's file, in the
 * folder itself; {@code sha256} of that file, in hexadecimal; {@code op}, the operation; {@code options}, an object; {@code inputs}, {@code outputs},
 * {@code upstream_gradients} and {@code gradients}, arrays of names of tensors that the file holds; {@code float32}, for each output and gradient an
 * object of {@code tol}, {@code floor} and {@code scale}, see {@link GoldenCase}. Tensors are F64.
 */
public final class GoldenFolder {
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .build();
    private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,200}");

    private GoldenFolder() {}

    /**
     * All cases of a folder, in the order of its index.
     *
     * @throws InputException if the folder, its index or one of its files is missing or damaged
     */
    public static List<GoldenCase> load(Path folder) {
        Path index = folder.resolve("index.json");
        if (!Files.isDirectory(folder)) {
            throw new InputException("expected a folder of reference vectors, got "
                    + (Files.exists(folder) ? "something else" : "nothing") + " at " + folder
                    + "; name the folder that holds their index.json");
        }
        JsonNode cases = read(index).path("cases");
        if (!cases.isArray() || cases.isEmpty()) {
            throw new InputException(
                    index + ": expected an array of reference cases under 'cases', got none; name another folder");
        }
        List<GoldenCase> all = new ArrayList<>();
        for (JsonNode entry : cases) {
            String name = entry.path("file").asString("");
            if (!FILE_NAME.matcher(name).matches()) {
                throw new InputException(index + ", case " + (all.size() + 1)
                        + ": expected the name of a file in the same folder under 'file', got '"
                        + printable(entry.path("file").toString()) + "'");
            }
            Path file = folder.resolve(name);
            requireHash(file, entry.path("sha256").asString(""));
            all.add(new GoldenCase(entry, Safetensors.read(file), file.toString()));
        }
        return all;
    }

    private static JsonNode read(Path index) {
        try {
            return JSON.readTree(Files.readAllBytes(index));
        } catch (IOException e) {
            throw new InputException(
                    "cannot read " + index + ": " + FileFailure.reason(e)
                            + "; name a folder of reference vectors with an index.json",
                    e);
        } catch (JacksonException e) {
            throw new InputException(
                    index + ": expected JSON, got text that is damaged"
                            + (e.getLocation() == null
                                    ? ""
                                    : " in line " + e.getLocation().getLineNr())
                            + "; copy the reference vectors again",
                    e);
        }
    }

    private static void requireHash(Path file, String expected) {
        try {
            String actual = Sha256.hex(Files.readAllBytes(file));
            if (!actual.equals(expected)) {
                throw new InputException(file + ": expected the sha256 of index.json, " + printable(expected) + ", got "
                        + actual + "; copy the reference vectors again");
            }
        } catch (IOException e) {
            throw new InputException(
                    "cannot read " + file + ", which index.json names: " + FileFailure.reason(e)
                            + "; copy the reference vectors again",
                    e);
        }
    }

    /** Text of a file, made short and harmless for a terminal. */
    static String printable(String text) {
        String clean = text.replaceAll("[^ -~]", "?");
        return clean.length() <= 100 ? clean : clean.substring(0, 100) + "...";
    }
}
