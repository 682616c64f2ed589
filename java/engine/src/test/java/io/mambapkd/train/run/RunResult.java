package io.mambapkd.train.run;

import io.mambapkd.results.EpochRecord;
import io.mambapkd.results.RunSummary;
import io.mambapkd.results.SummaryJson;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.storage.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a finished run left, but for times: what a run without a break and one that was gone on with have in common.
 *
 * @param files names of all files, below the run folder
 * @param checkpoints SHA-256 by name
 * @param epochs of metrics.jsonl, with 0 for times
 * @param summary with 0 for times
 */
record RunResult(List<String> files, Map<String, String> checkpoints, List<EpochRecord> epochs, String summary) {
    static RunResult of(Path run) throws IOException {
        RunFolder folder = RunFolder.open(run);
        List<String> files;
        try (var all = Files.walk(run)) {
            files = all.filter(Files::isRegularFile)
                    .map(file -> run.relativize(file).toString())
                    .sorted()
                    .toList();
        }
        Map<String, String> checkpoints = new TreeMap<>();
        for (Path file : folder.finished()) {
            checkpoints.put(String.valueOf(file.getFileName()), Sha256.hex(Files.readAllBytes(file)));
        }
        List<EpochRecord> epochs = new MetricsHistory(folder)
                .of(stage -> true).stream().map(RunResult::timeless).toList();
        RunSummary summary = SummaryJson.read(Files.readAllBytes(folder.summary()), "summary");
        return new RunResult(
                files, checkpoints, epochs, timeless(new String(SummaryJson.write(summary), StandardCharsets.UTF_8)));
    }

    static EpochRecord timeless(EpochRecord epoch) {
        return new EpochRecord(
                epoch.stage(),
                epoch.epoch(),
                epoch.epochs(),
                epoch.loss(),
                epoch.trainAccuracy(),
                epoch.validationAccuracy(),
                epoch.learningRate(),
                0,
                0);
    }

    static String timeless(String json) {
        return json.replaceAll("(\"\\w*(?:[sS]econds|PerSecond)\" : )(?:\\[[^\\]]*\\]|[0-9.E-]+)", "$10");
    }
}
