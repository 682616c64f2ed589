package io.mambapkd.bench.result;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.storage.OutputFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Results as JSON files. */
public final class ResultFile {
    /** What Jackson adds for programmers. */
    private static final Pattern PARSER_TERMS =
            Pattern.compile(": was expecting .*| \\(start marker .*|; `DeserializationFeature.*", Pattern.DOTALL);

    private static final String OUT = "--out";

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            // The components of records alone: a question such as isKnown() is no member.
            .changeDefaultVisibility(visibility -> visibility.withIsGetterVisibility(Visibility.NONE))
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .build();

    /** What tells results apart. */
    public record Envelope(String kind, int formatVersion) {}

    private ResultFile() {}

    /**
     * The place of a result, whose folders are made.
     *
     * @throws InputException if nothing can be written there
     */
    public static OutputFile place(Path file) {
        try {
            folder(file);
        } catch (IOException failure) {
            throw unwritable(file, failure);
        }
        return OutputFile.of(OUT, file);
    }

    /**
     * Writes a result as a whole. One that is unfinished does not go to a pipe or a device.
     *
     * @throws InputException if that is impossible; the file then keeps what it had
     */
    public static void write(Result result, Path file) {
        byte[] text = (JSON.writeValueAsString(result) + "\n").getBytes(StandardCharsets.UTF_8);
        if (result.incomplete().equals(Result.UNFINISHED)) {
            place(file).renew(text);
        } else {
            place(file).write(text);
        }
    }

    /** Where it is to be, made where it is missing. */
    private static Path folder(Path file) throws IOException {
        Path target = file.toAbsolutePath();
        Path folder = target.getParent();
        if (folder == null || Files.isDirectory(target)) {
            throw new FileSystemException(file.toString(), null, "it is a folder");
        }
        return Files.createDirectories(folder);
    }

    private static InputException unwritable(Path file, IOException cause) {
        return new InputException(
                "the result cannot be written to " + file + ": " + FileFailure.reason(cause)
                        + "; name a file in a folder that can be written with " + OUT,
                cause);
    }

    /**
     * What a file says that it is.
     *
     * @throws InputException if it does not
     */
    public static Envelope envelope(Path file) {
        JsonNode root = tree(file);
        JsonNode kind = root.path("kind");
        JsonNode version = root.path("formatVersion");
        if (!kind.isString() || !version.isInt()) {
            throw new InputException("expected a result with kind and formatVersion in " + file
                    + ", got neither or one of them; name a file that a command of mamba-pkd bench wrote");
        }
        return new Envelope(kind.asString(), version.asInt());
    }

    /** Whether it is what a distillation run wrote of itself, which has no kind. */
    public static boolean isSummaryOfRun(Path file) {
        JsonNode root = tree(file);
        return !root.has("kind") && root.has("teacher") && root.has("students");
    }

    private static JsonNode tree(Path file) {
        try {
            return JSON.readTree(text(file));
        } catch (JacksonException failure) {
            throw new InputException(
                    "the result " + file + " is not JSON: " + reason(failure) + "; measure again", failure);
        }
    }

    /** @throws InputException if the file is not a result of that kind, or of another format version */
    public static <T extends Result> T read(Path file, ResultKind<T> kind) {
        Envelope envelope = envelope(file);
        String remedy = "; measure again with " + kind.command() + " --out " + file;
        if (!envelope.kind().equals(kind.name()) || envelope.formatVersion() != kind.formatVersion()) {
            throw new InputException("expected a result of kind " + kind.name() + ", format " + kind.formatVersion()
                    + ", in " + file + ", got kind " + envelope.kind() + ", format " + envelope.formatVersion()
                    + remedy);
        }
        try {
            return JSON.readValue(text(file), kind.type());
        } catch (JacksonException failure) {
            throw new InputException(
                    "the result " + file + " is not one of " + kind.command() + ": " + reason(failure) + remedy,
                    failure);
        }
    }

    private static String reason(JacksonException failure) {
        return PARSER_TERMS.matcher(failure.getOriginalMessage()).replaceFirst("");
    }

    public static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new InputException(
                    "the result " + file + " cannot be read: " + FileFailure.reason(failure)
                            + "; name a file that a command of mamba-pkd bench wrote",
                    failure);
        }
    }
}
