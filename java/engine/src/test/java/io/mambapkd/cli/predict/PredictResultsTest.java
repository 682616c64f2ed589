package io.mambapkd.cli.predict;

import static io.mambapkd.cli.predict.PredictRuns.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.cli.CommandRun;
import io.mambapkd.cli.predict.PredictRuns.Row;
import io.mambapkd.runtime.AnytimeClassifier;
import io.mambapkd.runtime.Budget;
import io.mambapkd.runtime.exit.Certificate;
import io.mambapkd.runtime.exit.ExitRule;
import io.mambapkd.runtime.model.ChainDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Formats of the results, where they go, budgets, and the line at the end. */
final class PredictResultsTest {
    @TempDir
    private static Path shared;

    private static PredictRuns runs;
    private static Path images;

    @TempDir
    private Path folder;

    @BeforeAll
    static void writeChain() throws IOException {
        runs = new PredictRuns(shared.resolve("run"), 1);
        images = write(shared.resolve("images"), runs.idx(200));
    }

    private static List<Row> expected(Budget budget) {
        return IntStream.range(0, 200)
                .mapToObj(i -> runs.row(images + "[" + i + "]", runs.pixels(i), budget))
                .toList();
    }

    /** The records of a text by RFC 4180. */
    private static List<List<String>> csv(String text) {
        List<List<String>> records = new ArrayList<>();
        List<String> record = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted) {
                if (c != '"') {
                    cell.append(c);
                } else if (i + 1 < text.length() && text.charAt(i + 1) == '"') {
                    cell.append(c);
                    i++;
                } else {
                    quoted = false;
                }
            } else if (c == '"') {
                assertThat(cell).isEmpty();
                quoted = true;
            } else if (c == ',' || c == '\n') {
                record.add(cell.toString());
                cell.setLength(0);
                if (c == '\n') {
                    records.add(record);
                    record = new ArrayList<>();
                }
            } else {
                cell.append(c);
            }
        }
        assertThat(quoted || !record.isEmpty() || !cell.isEmpty())
                .as("whether a record is not ended")
                .isFalse();
        return records;
    }

    private static final List<String> ODD_NAMES = List.of(
            "a,b.png", "line\nbreak.png", "plain.png", "say \"x\".png", "\u001b[31mred.png", "\u202eturned.png");

    private Path oddNames() throws IOException {
        Path root = folder.resolve("odd");
        for (int i = 0; i < ODD_NAMES.size(); i++) {
            write(root.resolve(ODD_NAMES.get(i)), runs.png(i));
        }
        return root;
    }

    private static List<Row> oddRows(Path root) {
        return IntStream.range(0, ODD_NAMES.size())
                .mapToObj(i -> runs.row(root.resolve(ODD_NAMES.get(i)).toString(), i))
                .toList();
    }

    @Test
    void csvReadsBack() throws IOException {
        Path root = oddNames();

        CommandRun run = runs.predict(root, "--format", "csv");

        assertThat(run.exitCode()).as(run.err()).isZero();
        List<List<String>> records = csv(run.out());
        assertThat(records.get(0)).containsExactly("file", "label", "className", "confidence", "students", "flops");
        assertThat(records.subList(1, records.size()).stream()
                        .map(record -> new Row(
                                record.get(0),
                                Integer.parseInt(record.get(1)),
                                record.get(2),
                                Double.parseDouble(record.get(3)),
                                Integer.parseInt(record.get(4)),
                                Long.parseLong(record.get(5)))))
                .containsExactlyInAnyOrderElementsOf(oddRows(root));
    }

    @Test
    void jsonLinesReadBackAndHaveNothingThatATerminalObeys() throws IOException {
        Path root = oddNames();

        CommandRun run = runs.predict(root, "--format", "jsonl");

        assertThat(runs.rows(run)).containsExactlyInAnyOrderElementsOf(oddRows(root));
        assertThat(run.out()).doesNotContain("\u001b", "\u202e");
    }

    @Test
    void theTableHasALineForEachImageWithItsNameLast() throws IOException {
        Path root = oddNames();

        CommandRun run = runs.predict(root);

        List<String> lines = run.out().lines().toList();
        assertThat(lines.get(0)).matches("label  class    confidence  students +FLOPs  file");
        assertThat(lines).hasSize(ODD_NAMES.size() + 1);
        List<String> cells = lines.stream()
                .skip(1)
                .map(line -> line.strip().replaceAll(" {2,}", "|"))
                .toList();
        assertThat(cells)
                .containsExactlyInAnyOrderElementsOf(oddRows(root).stream()
                        .map(row -> String.format(
                                java.util.Locale.ROOT,
                                "%d|%s|%.2f %%|%d|%,d|%s",
                                row.label(),
                                row.className(),
                                100 * row.confidence(),
                                row.students(),
                                row.flops(),
                                row.file().replaceAll("[\n\u001b\u202e]", "?")))
                        .toList());
    }

    @Test
    void aFileGetsWhatWouldBePrinted() throws IOException {
        Path out = folder.resolve("out.csv");
        Files.writeString(out, "before");

        CommandRun run = runs.predict(images, "--format", "csv", "--out", out);

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).isEmpty();
        assertThat(out).hasContent(runs.predict(images, "--format", "csv").out());
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(out);
        }
    }

    @Test
    void aFileOfTwoNamesIsWrittenOver() throws IOException {
        Path out = Files.writeString(folder.resolve("out"), "x".repeat(100_000));
        Path second = Files.createLink(folder.resolve("second"), out);

        assertThat(runs.predict(images, "--format", "jsonl", "--out", out).exitCode())
                .isZero();

        assertThat(Row.ofJson(Files.readString(second))).isEqualTo(expected(runs.classifier.usualBudget()));
    }

    @ParameterizedTest
    @CsvSource({
        "--all-students, NONE, 9",
        "--students 2, THRESHOLD, 2",
        "--students 1, THRESHOLD, 1",
        "--all-students --students 2, NONE, 2"
    })
    void studentsAreLimited(String options, Budget.Exit exit, int students) {
        List<Object> words = new ArrayList<>(List.of(images, "--format", "jsonl"));
        words.addAll(List.of(options.split(" ")));

        List<Row> rows = runs.rows(runs.predict(words.toArray()));

        Budget all = exit == Budget.Exit.NONE ? Budget.ALL : Budget.threshold();
        assertThat(rows).isEqualTo(expected(all.withStudents(students)));
    }

    @Test
    void flopsAreLimited() {
        long most = runs.classifier.flops(2);

        List<Row> rows = runs.rows(runs.predict(images, "--format", "jsonl", "--all-students", "--max-flops", most));

        assertThat(rows).isEqualTo(expected(Budget.ALL.withFlops(most))).allMatch(row -> row.students() == 2);
    }

    /** Certificates of drops 0.5 and 1: the smaller one is the usual budget. */
    @Test
    void aCertifiedDropStopsByItsRule() throws IOException {
        PredictRuns certified = new PredictRuns(folder.resolve("run"), 1);
        Path model = certified.run.resolve("model.json");
        ChainDescription old = ChainDescription.of(Files.readString(model), "model.json");
        Files.writeString(
                model,
                new ChainDescription(
                                old.height(),
                                old.width(),
                                old.channels(),
                                old.orientation(),
                                old.classNames(),
                                old.mean(),
                                old.standardDeviation(),
                                old.teacherFlops(),
                                old.students(),
                                old.thresholdRule(),
                                old.regret(),
                                List.of(
                                        new Certificate(1, 0.95, new ExitRule(ExitRule.Kind.CONFIDENCE, 0), 100),
                                        new Certificate(0.5, 0.95, new ExitRule(ExitRule.Kind.CONFIDENCE, 1), 100)))
                        .json());
        AnytimeClassifier classifier = AnytimeClassifier.load(certified.run);

        List<Row> usual = certified.rows(certified.predict(images, "--format", "jsonl"));
        List<Row> loose = certified.rows(certified.predict(images, "--format", "jsonl", "--max-accuracy-drop", "1.0"));
        List<Row> threshold = certified.rows(certified.predict(images, "--format", "jsonl", "--threshold"));
        CommandRun wrong = certified.predict(images, "--max-accuracy-drop", "0.3");

        assertThat(loose).allMatch(row -> row.students() == 1).hasSize(200);
        assertThat(threshold).isEqualTo(expected(Budget.threshold()));
        assertThat(usual.get(0).students())
                .isEqualTo(classifier
                        .classify(runs.pixels(0), Budget.accuracyDrop(0.5))
                        .students());
        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.err())
                .isEqualToIgnoringNewLines(
                        "mamba-pkd: --max-accuracy-drop: expected a drop that the run is certified for, which are"
                                + " 1, 0.5, got 0.3, at " + certified.run
                                + "; certify it with mamba-pkd calibrate, or leave the option out");
    }

    @Test
    void theLastLineSumsUp() {
        CommandRun run = runs.predict(images, "--students", "2");

        List<Row> rows = expected(Budget.threshold().withStudents(2));
        long first = rows.stream().filter(row -> row.students() == 1).count();
        double share = rows.stream().mapToLong(Row::flops).average().orElseThrow() / 1_000_000;
        String stops = (first > 0 ? "1: " + first + (first < 200 ? ", " : "") : "")
                + (first < 200 ? "2: " + (200 - first) : "");
        List<String> err = run.err().lines().toList();
        assertThat(err.get(err.size() - 1))
                .matches("200 images in [0-9.]+ s, [0-9,]+ images per second; on average "
                        + String.format(java.util.Locale.ROOT, "%.3f", 100 * share)
                        + " % of the teacher's FLOPs; stopped at student " + stops);
    }
}
