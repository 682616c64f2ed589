package io.mambapkd.checkpoint;

import io.mambapkd.InputException;
import io.mambapkd.storage.DurableFiles;
import io.mambapkd.storage.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Two strings in the metadata of our own files: {@code mambapkd.format}, the version of what the tensors and strings mean, and
 * {@code mambapkd.sha256}, the SHA-256 of the whole file with its own 64 digits replaced by zeros. The hash covers the header too; a file
 * with one of the two and without the other was damaged, so that no single change can pass for a file of another program.
 */
final class Seal {
    private static final String PREFIX = "mambapkd.";
    private static final String FORMAT = PREFIX + "format";
    private static final String HASH = PREFIX + "sha256";

    /** What the model is a part of, as {@link Checkpoint.Label} tells. */
    static final String STATE = PREFIX + "state";

    private static final String VERSION = "1";
    private static final int DIGITS = 64;
    private static final byte[] FIELD = ("\"" + HASH + "\":\"").getBytes(StandardCharsets.US_ASCII);

    private Seal() {}

    /** The file with these tensors, these strings and a seal: what it writes is a function of them alone. */
    static DurableFiles.Content sealed(Map<String, String> metadata, List<StoredTensor> tensors) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put(FORMAT, VERSION);
        all.put(HASH, "0".repeat(DIGITS));
        metadata.forEach((key, value) -> {
            if (key.startsWith(PREFIX) && !key.equals(STATE)) {
                throw new IllegalArgumentException("metadata keys that start with " + PREFIX + " are taken: " + key);
            }
            all.put(key, value);
        });
        byte[] head = new Safetensors(all, tensors).head();
        MessageDigest digest = Sha256.digest();
        digest.update(head);
        tensors.forEach(tensor -> digest.update(tensor.bytes()));
        String hash = HexFormat.of().formatHex(digest.digest());
        System.arraycopy(hash.getBytes(StandardCharsets.US_ASCII), 0, head, digits(head), DIGITS);
        return out -> {
            write(out, ByteBuffer.wrap(head));
            for (StoredTensor tensor : tensors) {
                write(out, tensor.bytes());
            }
        };
    }

    private static void write(WritableByteChannel out, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }

    /**
     * Checks a file that has a seal.
     *
     * @return the other strings
     * @throws InputException if the file was changed, or its format is newer than this program
     */
    static Map<String, String> opened(byte[] file, Map<String, String> metadata, String where) {
        Map<String, String> rest = new LinkedHashMap<>(metadata);
        String format = rest.remove(FORMAT);
        String stored = rest.remove(HASH);
        if (format == null && stored == null) {
            return rest;
        }
        int at = digits(file);
        if (format == null || stored == null || at < 0 || stored.length() != DIGITS) {
            throw new InputException("expected " + FORMAT + " and " + HASH + " in the metadata, got only one of them"
                    + " whole, at " + where + "; the file is damaged: use another copy");
        }
        String actual = blankHash(file, at);
        if (!actual.equals(stored)) {
            throw new InputException("expected content with the SHA-256 of its metadata, got " + actual + ", at "
                    + where + "; the file is damaged: use another copy");
        }
        if (!format.equals(VERSION)) {
            throw new NewerFormatException("a checkpoint", VERSION, Safetensors.printable(format), where);
        }
        return rest;
    }

    /** The SHA-256 that a file's metadata hold; empty where they hold none. */
    static String hash(Map<String, String> metadata) {
        return metadata.getOrDefault(HASH, "");
    }

    /** Where the digits of the hash start, or -1. Quotes within JSON strings are escaped, so the field's text is found nowhere else before the data. */
    private static int digits(byte[] file) {
        for (int at = Long.BYTES; at + FIELD.length + DIGITS <= file.length; at++) {
            if (Arrays.equals(file, at, at + FIELD.length, FIELD, 0, FIELD.length)) {
                return at + FIELD.length;
            }
        }
        return -1;
    }

    /** SHA-256 of the file with zeros in place of the digits at {@code at}. */
    static String blankHash(byte[] file, int at) {
        MessageDigest digest = Sha256.digest();
        digest.update(file, 0, at);
        digest.update("0".repeat(DIGITS).getBytes(StandardCharsets.US_ASCII));
        digest.update(file, at + DIGITS, file.length - at - DIGITS);
        return HexFormat.of().formatHex(digest.digest());
    }
}
