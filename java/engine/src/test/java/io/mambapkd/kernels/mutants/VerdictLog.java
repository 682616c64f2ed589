package io.mambapkd.kernels.mutants;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Verdicts that earlier runs reached, one a line: hash of the sources, outcome, by, separated by tabs. Survivors are not kept, so that they are tried
 * again with the tests as they are now.
 */
final class VerdictLog {
    private final Path file;
    private final Map<String, Verdict> verdicts = new HashMap<>();

    VerdictLog(Path file) throws IOException {
        this.file = file;
        if (Files.exists(file)) {
            for (String line : Files.readAllLines(file)) {
                String[] column = line.split("\t", -1);
                if (column.length == 3) { // The last line of a killed run may be cut off.
                    verdicts.put(column[0], new Verdict(Verdict.Outcome.valueOf(column[1]), column[2]));
                }
            }
        }
    }

    /** Names a mutation by all sources that its kernels are made of, so that a change in any of them makes it a new one. */
    static String key(List<String> sources) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            sources.forEach(source -> digest.update((source + '\0').getBytes(StandardCharsets.UTF_8)));
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    @Nullable
    Verdict find(String key) {
        return verdicts.get(key);
    }

    void add(String key, Verdict verdict) throws IOException {
        if (verdict.outcome() != Verdict.Outcome.SURVIVED) {
            verdicts.put(key, verdict);
            Files.writeString(
                    file,
                    key + '\t' + verdict.outcome() + '\t' + verdict.by().replaceAll("\\s", " ") + '\n',
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        }
    }
}
