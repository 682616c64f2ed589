package io.mambapkd.runtime.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The files of a model in a run folder. */
public final class ModelFolder {
    /** The file that describes the chain. */
    public static final String DESCRIPTION = "model.json";

    private static final long LARGEST_DESCRIPTION = 1 << 24;
    private static final long LARGEST_TENSORS = 1L << 30;
    private static final char[] DIGITS = "0123456789abcdef".toCharArray();

    private final Path folder;
    private final ChainDescription description;

    private ModelFolder(Path folder, ChainDescription description) {
        this.folder = folder;
        this.description = description;
    }

    /**
     * @throws InvalidModelException if the description is damaged or of another version
     * @throws IOException if it is missing or cannot be read
     */
    public static ModelFolder open(Path folder) throws IOException {
        Path file = folder.resolve(DESCRIPTION);
        byte[] bytes;
        try {
            bytes = bytes(file, LARGEST_DESCRIPTION);
        } catch (NoSuchFileException e) {
            throw new InvalidModelException(
                    folder + ": expected a run folder with " + DESCRIPTION + ", got "
                            + (Files.isDirectory(folder) ? "a folder without it" : "no folder")
                            + "; mamba-pkd calibrate writes it",
                    e);
        }
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new InvalidModelException(file + ": expected a text in UTF-8, got other bytes", e);
        }
        return new ModelFolder(folder, ChainDescription.of(text, file.toString()));
    }

    public ChainDescription description() {
        return description;
    }

    /**
     * The tensors of a student.
     *
     * @throws InvalidModelException if the file is damaged or another one than the description was written for
     * @throws IOException if it is missing or cannot be read
     */
    public Tensors tensors(ChainDescription.Member member) throws IOException {
        Path file = folder.resolve(member.file());
        byte[] bytes;
        try {
            bytes = bytes(file, LARGEST_TENSORS);
        } catch (NoSuchFileException e) {
            throw new InvalidModelException(
                    file + ": expected the student " + member.architecture().name()
                            + ", got no file; copy the whole run folder",
                    e);
        }
        String sum = sha256(bytes);
        if (!sum.equals(member.sha256())) {
            throw new InvalidModelException(file + ": expected the file that " + DESCRIPTION
                    + " was written for (SHA-256 " + shortened(member.sha256()) + "), got another one ("
                    + shortened(sum)
                    + "); copy the whole run folder, or run mamba-pkd calibrate");
        }
        return Tensors.of(bytes, file.toString());
    }

    private static String shortened(String sum) {
        return JsonValue.printable(sum.substring(0, Math.min(12, sum.length())));
    }

    private static byte[] bytes(Path file, long most) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new InvalidModelException(file + ": expected a file, got a folder or a device");
        }
        long size = Files.size(file);
        if (size > most) {
            throw new InvalidModelException(file + ": expected at most " + most + " bytes, got " + size);
        }
        return Files.readAllBytes(file);
    }

    private static String sha256(byte[] bytes) {
        byte[] sum;
        try {
            sum = MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
        StringBuilder text = new StringBuilder();
        for (byte b : sum) {
            text.append(DIGITS[b >> 4 & 15]).append(DIGITS[b & 15]);
        }
        return text.toString();
    }
}
