package io.mambapkd.results;

import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.report.HtmlReport;
import io.mambapkd.report.ResultsTable;
import io.mambapkd.results.ReportData.Chain;
import io.mambapkd.results.ReportData.Sample;
import io.mambapkd.results.RunSummary.Control;
import io.mambapkd.results.RunSummary.EarlyExitRow;
import io.mambapkd.results.RunSummary.PerClass;
import io.mambapkd.results.RunSummary.Student;
import io.mambapkd.results.RunSummary.Teacher;
import io.mambapkd.results.RunSummary.Timing;
import io.mambapkd.tensor.ImageShape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A made-up run with plausible numbers. {@link #main} writes its reports, to be looked at. Long, as it spells out all numbers of a run. */
public final class SampleRun {
    private static final double[][] STUDENTS = {
        // parameters, FLOPs, own validation and test, cumulative validation and test
        {1042, 13086, 92.94, 92.69, 92.94, 92.69},
        {2266, 28850, 94.56, 94.42, 96.75, 96.58},
        {2434, 45146, 96.95, 97.34, 97.98, 98.15},
        {3934, 75778, 97.36, 97.56, 98.44, 98.58},
        {5626, 111786, 98.25, 98.07, 98.76, 98.76},
        {14442, 313162, 98.61, 98.55, 99.03, 99.04},
        {45034, 1255306, 99.23, 99.40, 99.45, 99.51}
    };
    private static final double[][] EXITS = {
        // threshold, validation accuracy and FLOPs, test accuracy and FLOPs
        {0.5, 95.10, 0.17, 95.30, 0.18},
        {0.6, 96.70, 0.24, 96.90, 0.25},
        {0.7, 97.80, 0.34, 98.00, 0.36},
        {0.8, 98.65, 0.53, 98.82, 0.56},
        {0.85, 98.97, 0.75, 99.08, 0.78},
        {0.9, 99.24, 1.10, 99.33, 1.13},
        {0.95, 99.40, 2.34, 99.47, 2.47},
        {0.97, 99.45, 4.94, 99.51, 5.16},
        {0.99, 99.45, 9.80, 99.51, 9.90}
    };
    private static final long TEACHER_FLOPS = 14_677_760;

    private static final List<String> DIGITS =
            IntStream.range(0, 10).mapToObj(Integer::toString).toList();

    private static final CounterRandom RANDOM = new CounterRandom(1, Purpose.TEST_INPUT);

    private SampleRun() {}

    public static void main(String[] folder) throws Exception {
        Path out = Files.createDirectories(Path.of(folder[0]));
        Files.write(out.resolve("report.html"), HtmlReport.write(data()));
        Files.write(out.resolve("teacher.html"), HtmlReport.write(teacherOnly()));
        Files.write(out.resolve("summary.json"), SummaryJson.write(summary()));
        Files.writeString(out.resolve("table.md"), ResultsTable.markdown(summary()));
    }

    public static RunSummary summary() {
        return summary(List.of(
                new Control(
                        "single-student", "one student: rows x2, M 48, 2 blocks", 45034, 0.0855, 0.9942, 0.9946, 190),
                new Control("group-conv", "group with mixer conv", 70000, 0.109, 0.9941, 0.9949, 320),
                new Control("group-none", "group with mixer none", 68000, 0.104, 0.9905, 0.9903, 290),
                new Control("cnn", "plain CNN, channels 6, 12, 24", 10474, 0.124, 0.9925, 0.9931, 160)));
    }

    public static RunSummary summary(List<Control> controls) {
        return summary(controls, Optional.empty(), Optional.empty());
    }

    /** A run that tells the parts of its students, the same of all. */
    public static RunSummary withParts(double blocksShare, String padding) {
        return summary(List.of(), Optional.of(blocksShare), Optional.of(padding));
    }

    private static RunSummary summary(List<Control> controls, Optional<Double> blocksShare, Optional<String> padding) {
        List<Student> students = new ArrayList<>();
        double cumulative = 0;
        for (int i = 0; i < STUDENTS.length; i++) {
            double[] row = STUDENTS[i];
            double ratio = row[1] / TEACHER_FLOPS;
            cumulative += ratio;
            students.add(new Student(
                    "student-" + (i + 1),
                    (long) row[0],
                    (long) row[1],
                    ratio,
                    i == 0 ? 1 / 64.0 : 1 / Math.scalb(1.0, 7 - i),
                    row[2] / 100,
                    row[3] / 100,
                    cumulative,
                    row[4] / 100,
                    row[5] / 100,
                    blocksShare,
                    padding));
        }
        List<EarlyExitRow> exits = new ArrayList<>();
        for (double[] row : EXITS) {
            exits.add(new EarlyExitRow(row[0], row[2] / 100, row[1] / 100, row[4] / 100, row[3] / 100, shares(row[0])));
        }
        return new RunSummary(
                RunSummary.FORMAT_VERSION,
                "mnist",
                "cpu",
                "2 threads, OpenBLAS 0.3.31",
                1,
                2,
                50_000,
                0,
                10_000,
                10_000,
                new Teacher(72_666, TEACHER_FLOPS, 0.9957, 0.9957),
                students,
                exits,
                0.95,
                controls,
                confusion(5),
                confusion(7),
                confusion(4),
                DIGITS,
                PerClass.of(confusion(5), confusion(7), confusion(4)),
                new Timing(
                        757,
                        255,
                        112,
                        List.of(20.0, 24.0, 27.0, 36.0, 39.0, 58.0, 187.0),
                        8.4,
                        1190,
                        List.of(33000.0, 28000.0, 24000.0, 17500.0, 15800.0, 10500.0, 3300.0)),
                List.of(),
                null,
                null);
    }

    /** The same run, computed in other ways than usual. */
    public static RunSummary withFallbacks(List<RunSummary.Fallback> fallbacks) {
        return with(summary(), summary().teacher(), fallbacks, null);
    }

    /** A run with other classes: its confusion matrices, of which any may be empty. */
    public static ReportData withClasses(
            List<String> names, List<List<Integer>> group, List<List<Integer>> earlyExit, List<List<Integer>> teacher) {
        ReportData data = small("other", "first", names, List.of());
        RunSummary usual = data.summary();
        RunSummary summary = new RunSummary(
                usual.formatVersion(),
                usual.dataset(),
                usual.device(),
                usual.deviceDescription(),
                usual.seed(),
                usual.threads(),
                usual.trainingImages(),
                usual.calibrationImages(),
                usual.validationImages(),
                usual.testImages(),
                usual.teacher(),
                usual.students(),
                usual.earlyExit(),
                usual.chosenThreshold(),
                usual.controls(),
                group,
                earlyExit,
                teacher,
                names,
                PerClass.of(group, earlyExit, teacher),
                usual.timing(),
                usual.fallbacks(),
                null,
                null);
        return new ReportData(
                summary, data.epochs(), data.configYaml(), List.of(), names, data.version(), data.created());
    }

    /** The run with these accuracies on training images. */
    public static RunSummary withFit(RunSummary.Fit fit) {
        RunSummary usual = summary();
        return with(usual, usual.teacher(), usual.fallbacks(), fit);
    }

    /** The run whose teacher was evaluated on six views of each image, too. */
    public static RunSummary withViews() {
        RunSummary usual = summary();
        Teacher plain = usual.teacher();
        Teacher viewed = new Teacher(
                plain.parameters(),
                plain.flops(),
                plain.validationAccuracy(),
                plain.testAccuracy(),
                Optional.of(new RunSummary.Views(6, 0.9963, 0.9965)));
        return with(usual, viewed, usual.fallbacks(), null);
    }

    private static RunSummary with(
            RunSummary usual, Teacher teacher, List<RunSummary.Fallback> fallbacks, RunSummary.@Nullable Fit fit) {
        return new RunSummary(
                usual.formatVersion(),
                usual.dataset(),
                usual.device(),
                usual.deviceDescription(),
                usual.seed(),
                usual.threads(),
                usual.trainingImages(),
                usual.calibrationImages(),
                usual.validationImages(),
                usual.testImages(),
                teacher,
                usual.students(),
                usual.earlyExit(),
                usual.chosenThreshold(),
                usual.controls(),
                usual.confusion(),
                usual.earlyExitConfusion(),
                usual.teacherConfusion(),
                usual.classNames(),
                usual.perClass(),
                usual.timing(),
                fallbacks,
                fit,
                null);
    }

    private static List<Double> shares(double threshold) {
        double goOn = threshold * threshold * 0.5;
        List<Double> shares = new ArrayList<>();
        double left = 1;
        for (int i = 0; i < 6; i++) {
            shares.add(left * (1 - goOn));
            left *= goOn;
        }
        shares.add(left);
        return shares;
    }

    /** @param errors at most, of each class of 1000 images */
    private static List<List<Integer>> confusion(int errors) {
        List<List<Integer>> counts = new ArrayList<>();
        for (int label = 0; label < 10; label++) {
            List<Integer> row = new ArrayList<>(Collections.nCopies(10, 0));
            int right = 1000;
            for (int k = 0; k < errors; k++) {
                int prediction = RANDOM.below(1, label, k, 10);
                if (prediction != label) {
                    row.set(prediction, row.get(prediction) + 1);
                    right--;
                }
            }
            row.set(label, right);
            counts.add(row);
        }
        return counts;
    }

    /**
     * A small run: teacher 99.9 %, two students.
     *
     * @param classNames of the confusion matrix and of the samples
     */
    public static ReportData small(
            String dataset, String studentName, List<String> classNames, List<EarlyExitRow> exits) {
        List<Student> students = List.of(
                new Student(studentName, 10, 100, 0.01, 0.5, 0.9, 0.9, 0.01, 0.9, 0.9),
                new Student("second", 90, 900, 0.09, 0.5, 0.95, 0.95, 0.1, 0.99, 0.99));
        RunSummary summary = new RunSummary(
                RunSummary.FORMAT_VERSION,
                dataset,
                "cpu",
                "2 threads",
                7,
                2,
                100,
                0,
                100,
                10_000,
                new Teacher(100, 10_000, 0.999, 0.999),
                students,
                exits,
                0.5,
                List.of(),
                List.of(List.of(90, 3), List.of(7, 100)),
                List.of(List.of(89, 4), List.of(9, 98)),
                List.of(List.of(92, 1), List.of(3, 104)),
                classNames,
                PerClass.of(
                        List.of(List.of(90, 3), List.of(7, 100)),
                        List.of(List.of(89, 4), List.of(9, 98)),
                        List.of(List.of(92, 1), List.of(3, 104))),
                new Timing(10, 5, 1, List.of(1.0, 2.0), 1, 100, List.of(1000.0, 500.0)),
                List.of(),
                null,
                null);
        Sample sample = new Sample(4, new byte[6], new ImageShape(2, 3, 1), 0, 1, new Chain(0, 1, 2, 0.75));
        return new ReportData(
                summary,
                List.of(new EpochRecord(studentName, 1, 1, 0.5, 0.5, 0.9, 0.01, 100, 1)),
                "dataset: " + dataset + "\n",
                List.of(sample),
                classNames,
                "0.1.0",
                Instant.EPOCH);
    }

    public static ReportData data() {
        return new ReportData(
                summary(),
                epochs(),
                "dataset: mnist\nseed: 1\nteacher:\n  channels: [16, 32, 64]\n  epochs: 6\nstudent:\n  scheme: blend # <default>\n",
                samples(),
                DIGITS,
                "0.1.0",
                Instant.parse("2026-01-02T03:04:05Z"));
    }

    public static ReportData teacherOnly() {
        RunSummary all = summary();
        RunSummary summary = new RunSummary(
                RunSummary.FORMAT_VERSION,
                "mnist",
                "cpu",
                all.deviceDescription(),
                1,
                2,
                50_000,
                0,
                10_000,
                10_000,
                new Teacher(72_666, TEACHER_FLOPS, 0.9957, null),
                List.of(),
                List.of(),
                0,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                DIGITS,
                PerClass.of(List.of(), List.of(), List.of()),
                new Timing(255, 250, 0, List.of(), 5, 1190, List.of()),
                List.of(),
                null,
                null);
        List<EpochRecord> epochs =
                epochs().stream().filter(e -> e.stage().equals("teacher")).toList();
        List<Sample> samples = samples().stream()
                .map(s -> new Sample(s.index(), s.pixels(), s.shape(), s.label(), s.teacherPrediction(), null))
                .toList();
        return new ReportData(
                summary, epochs, "dataset: mnist\n", samples, data().classNames(), "0.1.0", data().created());
    }

    private static List<EpochRecord> epochs() {
        List<EpochRecord> epochs = new ArrayList<>();
        addStage(epochs, "teacher", 6, 0.31, 0.9957);
        for (int i = 0; i < STUDENTS.length; i++) {
            addStage(epochs, "student-" + (i + 1), 12, 1.2 - 0.15 * i, STUDENTS[i][4] / 100);
        }
        addStage(epochs, "control/single-student", 12, 0.2, 0.9942);
        addStage(epochs, "control/cnn", 12, 0.5, 0.9925);
        return epochs;
    }

    private static void addStage(List<EpochRecord> epochs, String stage, int count, double loss, double accuracy) {
        for (int e = 1; e <= count; e++) {
            double far = 1 + 4.0 * (count - e) / count / e;
            double noise = RANDOM.uniform(2, epochs.size(), 0, 0.95f, 1.05f);
            epochs.add(new EpochRecord(
                    stage,
                    e,
                    count,
                    loss * Math.sqrt(far) * noise,
                    1 - (1 - accuracy) * far * 1.6,
                    1 - (1 - accuracy) * far * noise,
                    1e-3 * (count - e),
                    1200,
                    42));
        }
    }

    /** Coarse drawings; the first ten are easy, then come harder ones and errors. */
    private static List<Sample> samples() {
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            int label = i % 10;
            int stop = i < 10 ? 1 : 1 + i % 7;
            int said = i < 20 ? label : (label + 1 + i % 3) % 10;
            samples.add(new Sample(
                    37 * i,
                    drawing(label, i),
                    new ImageShape(28, 28, 1),
                    label,
                    i % 4 == 3 ? said : label,
                    new Chain(i % 2 == 0 ? said : label, said, stop, 0.97 - 0.012 * i)));
        }
        return samples;
    }

    /** Seven segments of a digit. */
    private static byte[] drawing(int digit, int sample) {
        int[] segments = {0x77, 0x24, 0x5d, 0x6d, 0x2e, 0x6b, 0x7b, 0x25, 0x7f, 0x6f};
        // top, upper left, upper right, middle, lower left, lower right, bottom: x1 y1 x2 y2
        int[][] lines = {
            {9, 5, 18, 5},
            {9, 5, 9, 13},
            {18, 5, 18, 13},
            {9, 13, 18, 13},
            {9, 13, 9, 22},
            {18, 13, 18, 22},
            {9, 22, 18, 22}
        };
        byte[] pixels = new byte[28 * 28];
        int shift = RANDOM.below(3, sample, 0, 5) - 2;
        for (int s = 0; s < 7; s++) {
            if ((segments[digit] >> s & 1) == 1) {
                int[] line = lines[s];
                for (int y = line[1]; y <= line[3] + 1; y++) {
                    for (int x = line[0]; x <= line[2] + 1; x++) {
                        pixels[y * 28 + x + shift] = (byte) 230;
                    }
                }
            }
        }
        return pixels;
    }
}
