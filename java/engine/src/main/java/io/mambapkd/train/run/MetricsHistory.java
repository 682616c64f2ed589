package io.mambapkd.train.run;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.results.EpochRecord;
import io.mambapkd.results.MetricsLine;
import io.mambapkd.storage.DurableFiles;
import io.mambapkd.storage.LineLog;
import io.mambapkd.storage.RunFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** metrics.jsonl of a run that was begun before. */
public final class MetricsHistory {
    private final RunFolder folder;

    public MetricsHistory(RunFolder folder) {
        this.folder = folder;
    }

    /**
     * The epochs of stages that are finished; empty where there is no file. The last line may be torn by the end of a machine and is then passed over.
     *
     * @throws InputException if the file cannot be read, or another line holds anything else
     */
    public List<EpochRecord> of(Predicate<String> finished) {
        List<EpochRecord> kept = new ArrayList<>();
        List<String> lines = lines();
        for (int i = 0; i < lines.size(); i++) {
            try {
                EpochRecord epoch = MetricsLine.read(lines.get(i), folder.metrics() + " line " + (i + 1));
                if (finished.test(epoch.stage())) {
                    kept.add(epoch);
                }
            } catch (InputException torn) {
                if (i < lines.size() - 1) {
                    throw new InputException(
                            new Problem(torn.problem().text(), "remove the line: it is only shown in the report"),
                            torn);
                }
            }
        }
        return kept;
    }

    /**
     * The same, and then those of the stage that goes on; all other lines move to metrics.dropped.jsonl, so that metrics.jsonl goes on as if they had never been.
     *
     * @param begun epochs of the stage that goes on, as they were saved
     */
    List<EpochRecord> keep(Predicate<String> finished, List<EpochRecord> begun) {
        List<EpochRecord> kept = of(finished);
        kept.addAll(begun);
        List<String> lines = lines();
        boolean endsLine = content().isEmpty() || content().endsWith("\n");
        List<String> wanted = kept.stream().map(MetricsLine::write).toList();
        if (!wanted.equals(lines) || !endsLine) {
            List<String> others =
                    lines.stream().filter(line -> !wanted.contains(line)).toList();
            if (!others.isEmpty()) {
                try (LineLog dropped = LineLog.open(folder.droppedMetrics())) {
                    others.forEach(dropped::append);
                }
            }
            DurableFiles.write(folder.metrics(), wanted.isEmpty() ? "" : String.join("\n", wanted) + "\n");
        }
        return kept;
    }

    private List<String> lines() {
        return content().lines().toList();
    }

    private String content() {
        if (!Files.exists(folder.metrics())) {
            return "";
        }
        try {
            // A torn line may end within a character, which this way of decoding replaces.
            return new String(Files.readAllBytes(folder.metrics()), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new InputException(
                    "cannot read " + folder.metrics() + ": " + FileFailure.reason(e)
                            + "; make it readable, or remove it: it is not needed to go on",
                    e);
        }
    }
}
