package io.mambapkd.kernels.mutants;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Mutations that no input can tell from the original, one a line: source, mutation, reason, separated by tabs. */
final class Equivalents {
    private final Map<String, String> reasons = new HashMap<>();

    Equivalents(Path file) throws IOException {
        for (String line : Files.readAllLines(file)) {
            if (!line.startsWith("#") && !line.isBlank()) {
                String[] column = line.split("\t", -1);
                reasons.put(column[0] + '\t' + column[1], column[2]);
            }
        }
    }

    /** The verdict, or for a survivor of which it is known why, that. */
    Verdict known(String file, Mutation mutation, Verdict verdict) {
        String reason = reasons.get(file + '\t' + mutation.description());
        return verdict.outcome() == Verdict.Outcome.SURVIVED && reason != null
                ? new Verdict(Verdict.Outcome.EQUIVALENT, reason)
                : verdict;
    }
}
