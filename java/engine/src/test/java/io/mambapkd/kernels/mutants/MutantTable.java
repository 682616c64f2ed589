package io.mambapkd.kernels.mutants;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The table that {@code make mutants} leaves in kernels-build/mutants. */
final class MutantTable {
    record Row(String file, Mutation mutation, Verdict verdict) {}

    private final String introduction;
    private final String by;
    private final List<Row> rows = new ArrayList<>();

    /** @param by heading of what {@link Verdict#by} says */
    MutantTable(String introduction, String by) {
        this.introduction = introduction;
        this.by = by;
    }

    void add(String file, Mutation mutation, Verdict verdict) {
        rows.add(new Row(file, mutation, verdict));
    }

    /** A line on what was added last. */
    String last() {
        Row row = rows.get(rows.size() - 1);
        return row.file() + ":" + row.mutation().line() + " " + row.mutation().description() + ": "
                + row.verdict().outcome().word + " " + row.verdict().by();
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
                + counts.getOrDefault(Verdict.Outcome.EQUIVALENT, 0) + " equivalent, "
                + counts.getOrDefault(Verdict.Outcome.SAME_CODE, 0) + " with the same code";
    }

    String markdown() {
        StringBuilder text = new StringBuilder(introduction);
        text.append(summary())
                .append(".\n\n| source | line | deleted or changed | outcome | " + by + " |\n|---|---|---|---|---|\n");
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
