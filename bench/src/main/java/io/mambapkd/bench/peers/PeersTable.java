package io.mambapkd.bench.peers;

import io.mambapkd.bench.result.Timing;
import java.util.Locale;

/** A result of peers as Markdown. */
final class PeersTable {
    private PeersTable() {}

    static String markdown(PeersResult result) {
        StringBuilder text = new StringBuilder();
        if (!result.isComparison() && !result.origin().emulated()) {
            text.append("**Not both on a GPU: no comparison of performance.**\n\n");
        }
        text.append(
                "| task | precision | batch | mamba-pkd | µs (p10 to p90) | peer | µs (p10 to p90) | times as fast |\n");
        text.append("|---|---|---:|---|---:|---|---:|---:|\n");
        for (PeersResult.Row row : result.rows()) {
            if (row.outcome() == PeersResult.Outcome.MEASURED) {
                text.append(String.format(
                        Locale.ROOT,
                        "| %s | %s | %,d | %s | %s | %s | %s | %s |\n",
                        row.task(),
                        row.precision(),
                        row.batch(),
                        row.ourMode(),
                        spread(row.ours()),
                        row.peerMode(),
                        spread(row.theirs()),
                        result.isComparison() ? String.format(Locale.ROOT, "**%.2fx**", row.ratio()) : "-"));
            }
        }
        text.append("\nMedians. Peer: ").append(result.peer()).append(" on ").append(result.peerDevice());
        text.append("; its scan: ").append(result.scan()).append(".\n");
        for (PeersResult.Row row : result.rows()) {
            if (row.outcome() != PeersResult.Outcome.MEASURED) {
                boolean ours = row.outcome() == PeersResult.Outcome.FAILED;
                text.append(ours ? "- **Failed** on our side: " : "- Not measured: ");
                text.append(row.name()).append(": ").append(row.reason()).append(".\n");
            }
        }
        return text.toString();
    }

    private static String spread(Timing timing) {
        return String.format(
                Locale.ROOT, "%,.1f (%,.1f to %,.1f)", timing.median(), timing.quantile(0.1), timing.quantile(0.9));
    }
}
