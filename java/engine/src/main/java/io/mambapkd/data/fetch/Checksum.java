package io.mambapkd.data.fetch;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/**
 * What the content of a file comes to.
 *
 * @param algorithm MD5 or SHA-256
 * @param hex in lower case
 */
public record Checksum(String algorithm, String hex) {
    private static final int BUFFER_BYTES = 1 << 16;

    static Checksum md5(String hex) {
        return new Checksum("MD5", hex);
    }

    /**
     * As a user gives it.
     *
     * @param option for messages
     */
    public static Checksum sha256(String text, String option) {
        String hex = text.strip().toLowerCase(Locale.ROOT);
        if (!hex.matches("[0-9a-f]{64}")) {
            throw new InputException(new Problem(
                    option + ": expected a SHA-256 of 64 hexadecimal digits, got '" + text + "'",
                    "give the one that is published beside the file"));
        }
        return new Checksum("SHA-256", hex);
    }

    /** The checksum that a file has, by the same algorithm. */
    Checksum of(Path file) throws IOException {
        MessageDigest digest = digest();
        try (InputStream in = Files.newInputStream(file)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int got = in.read(buffer); got >= 0; got = in.read(buffer)) {
                digest.update(buffer, 0, got);
            }
        }
        return new Checksum(algorithm, HexFormat.of().formatHex(digest.digest()));
    }

    private MessageDigest digest() {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has " + algorithm, e);
        }
    }

    @Override
    public String toString() {
        return "the " + algorithm + " " + hex;
    }
}
