package io.mambapkd.kernels.mutants;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The table that {@code make mutants} leaves in kernels-build/mutants/table.md. */
final class MutantTable {
    record Row(String file, Mutation mutation, Verdict verdict) {}

    private final List<Row> rows = new ArrayList<>();

    void add(String file, Mutation mutation, Verdict verdict) {
        rows.add(new Row(file, mutation, verdict));
    }

    List<String> survivors() {
        return rows.stream()
                .filter(row -> row.verdict().outcome() == Verdict.Outcome.SURVIVED)
                .map(row -> "cuda/" + row.file() + ":" + row.mutation().line() + "  "
                        + row.mutation().description())
                .toList();
    }

    String summary() {
        Map<Verdict.Outcome, Integer> counts = new EnumMap<>(Verdict.Outcome.class);
        rows.forEach(row -> counts.merge(row.verdict().outcome(), 1, Integer::sum));
        return rows.size() + " mutants: " + counts.getOrDefault(Verdict.Outcome.KILLED, 0) + " killed, "
                + counts.getOrDefault(Verdict.Outcome.SURVIVED, 0) + " survived, "
                + counts.getOrDefault(Verdict.Outcome.SAME_CODE, 0) + " with the same code";
    }

    String markdown() {
        StringBuilder text = new StringBuilder("""
                # Kernels without one barrier or guard

                Written by `make mutants`: each line of the table is a kernel source with one barrier deleted or one guard opened (cuda/README.md tells
                the forms), run on the emulated driver against the contract tests of its family. "Same code" means that the compiler makes the same
                instructions without it, as for a guard that the parameters of a template decide.

                """);
        text.append(summary())
                .append(
                        ".\n\n| source | line | deleted or changed | outcome | first failing test |\n|---|---|---|---|---|\n");
        for (Row row : rows) {
            text.append("| ")
                    .append(String.join(
                            " | ",
                            row.file(),
                            String.valueOf(row.mutation().line()),
                            "`" + row.mutation().description().replace("|", "\\|") + "`",
                            row.verdict().outcome().word,
                            row.verdict().by().replace("|", "\\|")))
                    .append(" |\n");
        }
        return text.toString();
    }
}
