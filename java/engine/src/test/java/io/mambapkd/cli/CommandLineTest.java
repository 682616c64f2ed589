package io.mambapkd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.InputException;
import io.mambapkd.cli.session.Jobs;
import io.mambapkd.distill.ClassWeights;
import io.mambapkd.nn.Precision;
import io.mambapkd.train.RunStopped;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.settings.Presets;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.RunSpecYaml;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One long class: every command is started beside the same fake jobs, and the sentences of one are held against those of the others. */
final class CommandLineTest {
    private static final String SMALL_STUDENT =
            "students=[{name: s, cut: rows, tokenSize: 2, modelWidth: 4, blocks: 1, stateSize: 2, learningRate: 0.02}]";

    private final FakeJobs jobs = new FakeJobs();

    @TempDir
    private Path folder;

    private String smallDataset = "";

    /** 6 training and 2 test images of 4x4 pixels, classes 0 and 1: opens faster than MNIST. */
    @BeforeEach
    void writeSmallDataset() throws IOException {
        Path dataset = Files.createDirectory(folder.resolve("tiny"));
        for (String part : List.of("train", "t10k")) {
            int count = part.equals("train") ? 6 : 2;
            ByteBuffer images = ByteBuffer.allocate(16 + 16 * count);
            images.putInt(0x803).putInt(count).putInt(4).putInt(4);
            for (int i = 0; i < 16 * count; i++) {
                images.put((byte) (7 * i + (part.equals("train") ? 0 : 3)));
            }
            ByteBuffer labels = ByteBuffer.allocate(8 + count).putInt(0x801).putInt(count);
            for (int i = 0; i < count; i++) {
                labels.put((byte) (i % 2));
            }
            Files.write(dataset.resolve(part + "-images-idx3-ubyte"), images.array());
            Files.write(dataset.resolve(part + "-labels-idx1-ubyte"), labels.array());
        }
        smallDataset = "idx:" + dataset;
    }

    private CommandRun run(String... args) {
        return CommandRun.of(jobs, folder.resolve("runs"), args);
    }

    /** A distill command on the small dataset, with students that fit it. */
    private CommandRun distillSmall(Jobs work, String... more) {
        String[] common = {
            "distill",
            "--dataset",
            smallDataset,
            "--set",
            "validationImages=2",
            "--set",
            "teacher.batch=2",
            "--set",
            "student.batch=2",
            "--set",
            SMALL_STUDENT
        };
        String[] args = java.util.Arrays.copyOf(common, common.length + more.length);
        System.arraycopy(more, 0, args, common.length, more.length);
        return CommandRun.of(work, folder.resolve("runs"), args);
    }

    @Test
    void helpNamesEveryCommand() {
        CommandRun run = run("--help");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .contains("distill", "teacher", "evaluate", "flops", "validate", "doctor", "info", "130")
                .contains("bench", "completion", "help");
    }

    /** In words and as an option help is the same text. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "distill",
                "teacher",
                "evaluate",
                "flops",
                "validate",
                "doctor",
                "info",
                "bench",
                "bench step",
                "completion",
                "help"
            })
    void helpOfACommandIsWhatItsOptionPrints(String command) {
        CommandRun words = run(("help " + command).strip().split(" ", -1));
        CommandRun option = run((command + " --help").strip().split(" ", -1));

        assertThat(words.exitCode()).isZero();
        assertThat(words.out()).isEqualTo(option.out()).startsWith("Usage: mamba-pkd " + command);
        assertThat(words.err()).isEmpty();
    }

    @Test
    void benchWithoutItsLauncherSaysHowItIsStarted() {
        CommandRun run = run("bench", "step");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err())
                .isEqualToIgnoringNewLines(
                        "mamba-pkd: bench is a program of its own, which bin/mamba-pkd starts; expected mamba-pkd bench as the"
                                + " first words of the command line");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            distil                        | unknown command 'distil'; did you mean distill?                | mamba-pkd --help
            help distil                   | unknown command 'distil'; did you mean distill?                | mamba-pkd --help
            help distill more             | unknown command 'more'; expected no further word               | mamba-pkd distill --help
            teach                         | unknown command 'teach'; did you mean teacher?                 | mamba-pkd --help
            kernels                       | unknown command 'kernels'; expected one of distill, teacher, evaluate, report, flops, validate, doctor, info, data, bench, completion, help | mamba-pkd --help
            completion                    | Missing required parameter: 'SHELL'                            | mamba-pkd completion --help
            completion ksh                | Invalid value for positional parameter at index 0 (SHELL): expected bash, zsh or fish, got 'ksh' | mamba-pkd completion --help
            distill --sed 1               | unknown option --sed; did you mean --seed or --set?   | mamba-pkd distill --help
            distill --preset a --config b | only one of --preset and --config can be given, and only once| mamba-pkd distill --help
            distill --device gpu          | Invalid value for option '--device': expected auto, cpu or cuda, got 'gpu' | mamba-pkd distill --help
            distill --threads two         | Invalid value for option '--threads': 'two' is not a whole number     | mamba-pkd distill --help
            distill idx:data              | unexpected word 'idx:data'; options begin with two hyphens, as in --dataset idx:data | mamba-pkd distill --help
            distill --no-graph a b        | unexpected words 'a', 'b'; leave them out, or write an option in front | mamba-pkd distill --help
            distill —preset mnist-demo    | unexpected words '—preset', 'mnist-demo'; options begin with two hyphens, as in --preset mnist-demo | mamba-pkd distill --help
            distill -x --yy               | unknown options -x, --yy | mamba-pkd distill --help
            flops --preset a --preset b   | only one of --preset and --config can be given, and only once | mamba-pkd flops --help
            evaluate                      | Missing required parameter: 'RUN'                               | mamba-pkd evaluate --help
            ''                            | expected a command: distill, teacher, evaluate, report, flops, validate, doctor, info, data, bench, completion, help | mamba-pkd --help
            """)
    void wrongUsageIsOneSentenceAndWhereToRead(String args, String sentence, String hint) {
        CommandRun run = args.isEmpty() ? run() : run(args.split(" "));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err().lines()).containsExactly("mamba-pkd: " + sentence, "see: " + hint);
        assertThat(run.out()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            distill --threads 0             | --threads must be from 1 to 256, got 0
            distill --seed one              | --seed one: seed must be a whole number, got 'one'
            distill --class-weights equal   | --class-weights equal: classWeights must be one of none, balanced, got 'equal'
            distill --preset demo           | unknown preset 'demo'; choose one of mnist-demo, mnist-full, cifar10-teacher, folder-demo
            flops --set student.aplha=1     | --set student.aplha=1: unknown key 'aplha' in student; known keys: scheme, blend, alpha, temperature, readOut, mixer, direction, precision, epochs, images, copies, batch, warmup, weightDecay, clip; did you mean alpha?
            distill --dataset minst         | unknown dataset 'minst'; choose one of mnist, fashion-mnist, fashion-mnist:DIR, cifar10, cifar10:DIR, cifar100, cifar100:DIR, cifar100-coarse, idx:DIR, folder:DIR
            distill --dataset 5             | unknown dataset '5'; choose one of mnist, fashion-mnist, fashion-mnist:DIR, cifar10, cifar10:DIR, cifar100, cifar100:DIR, cifar100-coarse, idx:DIR, folder:DIR
            distill --config no.yaml        | cannot read the settings file no.yaml: there is no such file or folder; name a YAML file that can be read
            """)
    void badInputIsOneSentence(String args, String sentence) {
        CommandRun run = run(args.split(" "));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err().lines()).containsExactly("mamba-pkd: " + sentence);
        assertThat(jobs.context).isNull();
        assertThat(folder.resolve("runs")).doesNotExist();
    }

    @Test
    void mistakeInASettingsFileIsToldWithItsLine() throws IOException {
        Path file = Files.writeString(folder.resolve("mine.yaml"), "seed: 1\nstudents: 7\n");

        CommandRun run = run("teacher", "--config", file.toString());

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err())
                .isEqualToIgnoringNewLines("mamba-pkd: " + file + " line 2: students must be a list, got '7'");
    }

    @Test
    void distillWritesItsSettingsAndPrintsTheResult() {
        CommandRun run = distillSmall(jobs, "--seed", "9");

        assertThat(run.exitCode()).as(run.err()).isZero();
        Path made = folder.resolve("runs/tiny-20260102-030405");
        RunSpec written = RunSpecYaml.complete(made.resolve("config.yaml"));
        assertThat(written).isEqualTo(jobs.asked().spec());
        assertThat(written.seed()).isEqualTo(9);
        assertThat(written.dataset()).isEqualTo(smallDataset);
        assertThat(jobs.extent).isEqualTo(Extent.GROUP);
        assertThat(run.err()).contains("run folder: " + made, "working");
        assertThat(run.out().lines().map(line -> line.strip().replaceAll(" +", " ")))
                .contains(
                        "rows4-d4 0.089 0.089 92.69 92.69",
                        "cols4-d8 0.197 0.286 94.42 96.58",
                        "early exit at 0.90 0.123 96.22",
                        "teacher 100.000 99.58",
                        "control single-student 0.290 96.33",
                        "teacher on 10,000 validation images: 99.57 %");
    }

    @Test
    void classWeightsAreASettingAndAnOption() {
        CommandRun run = distillSmall(jobs, "--class-weights", "balanced");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(jobs.asked().spec().classWeights()).isEqualTo(ClassWeights.BALANCED);
        assertThat(folder.resolve("runs/tiny-20260102-030405/config.yaml"))
                .content()
                .contains("classWeights: balanced");
    }

    @Test
    void reportIsNamedWhereThereIsOne() throws IOException {
        Path out = folder.resolve("out");
        FakeJobs writing = new FakeJobs(listener -> {
            try {
                Files.writeString(out.resolve("report.html"), "<p>");
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });

        CommandRun run = distillSmall(writing, "--out", out.toString());

        assertThat(run.out()).endsWith("report: " + out.resolve("report.html") + System.lineSeparator());
    }

    @Test
    void controlsAndTeacherAloneAreAskedFor() {
        distillSmall(jobs, "--controls");
        assertThat(jobs.extent).isEqualTo(Extent.GROUP_AND_CONTROLS);

        String[] fits = {"--set", "validationImages=2", "--set", "teacher.batch=2"};
        CommandRun teacher = run(
                "teacher",
                "--dataset",
                smallDataset,
                fits[0],
                fits[1],
                fits[2],
                fits[3],
                "--out",
                folder.resolve("t").toString());
        assertThat(teacher.exitCode()).as(teacher.err()).isZero();
        assertThat(jobs.extent).isEqualTo(Extent.TEACHER_ONLY);
    }

    @Test
    void automaticChoiceOfTheDeviceIsExplainedAndOneOfTheUsersIsNot() {
        String reason = "(chosen by --device auto, as CUDA is of no use here: there is no driver)";

        CommandRun automatic = distillSmall(jobs, "--threads", "3");
        assertThat(jobs.asked().device()).startsWith("3 threads, ").contains(reason);
        assertThat(jobs.asked().threads()).isEqualTo(3);
        assertThat(automatic.err()).contains(reason);

        distillSmall(jobs, "--device", "cpu", "--out", folder.resolve("o").toString());
        assertThat(jobs.asked().device()).doesNotContain("auto");
    }

    @Test
    void studentThatDoesNotFitTheImagesIsRefusedBeforeAnythingIsMade() {
        CommandRun run = distillSmall(jobs, "--set", "students[0].tokenSize=3");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err())
                .contains("student s: tokens of 3 rows do not divide images of 4x4x1; use --set"
                        + " 'students[0].tokenSize=2'");
        assertThat(folder.resolve("runs")).doesNotExist();
    }

    @Test
    void runFolderInUseIsLeftAlone() throws IOException {
        Path used = Files.createDirectory(folder.resolve("used"));
        Files.writeString(used.resolve("config.yaml"), "mine");

        CommandRun run = distillSmall(jobs, "--out", used.toString());

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("expected a new or empty run folder");
        assertThat(used.resolve("config.yaml")).hasContent("mine");
        assertThat(jobs.context).isNull();
    }

    @Test
    void stoppedRunSaysWhereItsFilesAre() {
        CommandRun run = distillSmall(new FakeJobs(listener -> {
            throw new RunStopped("stopped");
        }));

        assertThat(run.exitCode()).isEqualTo(130);
        assertThat(run.err().lines())
                .endsWith("stopped; what was finished is in " + folder.resolve("runs/tiny-20260102-030405")
                        + "; go on with: mamba-pkd distill --resume " + folder.resolve("runs/tiny-20260102-030405"));
    }

    @Test
    void badInputFoundDuringTheRunIsOneSentence() {
        CommandRun run = distillSmall(new FakeJobs(listener -> {
            throw new InputException("the disk\nis full \u001b[2J");
        }));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err().lines()).endsWith("mamba-pkd: the disk is full ?[2J");
    }

    @Test
    void internalErrorShowsAStackTraceOnlyWhenAsked() {
        Jobs broken = new FakeJobs(listener -> {
            throw new IllegalStateException("lost");
        });

        CommandRun brief = distillSmall(broken);
        CommandRun full = distillSmall(
                broken, "--stacktrace", "--out", folder.resolve("b").toString());

        assertThat(brief.exitCode()).isEqualTo(70);
        assertThat(brief.err().lines())
                .endsWith("mamba-pkd: internal error: java.lang.IllegalStateException: lost; re-run with --stacktrace");
        assertThat(brief.err()).doesNotContain("\tat ");
        assertThat(full.exitCode()).isEqualTo(70);
        assertThat(full.err()).contains("\tat io.mambapkd.cli.FakeJobs");
    }

    @Test
    void lackOfMemorySaysHowToAllowMore() {
        CommandRun run = distillSmall(new FakeJobs(listener -> {
            throw new OutOfMemoryError("Java heap space");
        }));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err())
                .contains("the run ended by an error; no checkpoint was finished in ")
                .containsPattern(
                        "mamba-pkd: the [0-9,]+ MiB of memory that Java may use are not enough; allow more, as with"
                                + " MAMBA_PKD_OPTS='-Xmx[0-9]+m -XX:.UseParallelGC', or use smaller batches with --set"
                                + " teacher.batch=N and --set student.batch=N");
    }

    /** Threads wrap what ends them. */
    @Test
    void lackOfMemoryOnAnotherThreadIsFoundToo() {
        CommandRun run = distillSmall(new FakeJobs(listener -> {
            throw new IllegalStateException("a batch could not be prepared", new OutOfMemoryError("Java heap space"));
        }));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err())
                .contains("MiB of memory that Java may use are not enough;")
                .doesNotContain("internal");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "student.batch=512",
                "student.images=1",
                "teacher.images=1",
                "teacher.batch=5",
                "teacher.channels=[1,1,1,1]",
                "students[0].tokenSize=3",
                "augmentation.shiftPixels=4",
                "students[0].name=evaluation"
            })
    void flopsRefusesWhatDistillRefusesAndNothingIsMade(String setting) {
        CommandRun distill = distillSmall(jobs, "--set", setting);
        CommandRun flops = run(
                "flops",
                "--dataset",
                smallDataset,
                "--set",
                "validationImages=2",
                "--set",
                "teacher.batch=2",
                "--set",
                "student.batch=2",
                "--set",
                SMALL_STUDENT,
                "--set",
                setting);

        assertThat(distill.exitCode()).isEqualTo(2);
        assertThat(distill.err()).contains("mamba-pkd: ", "; use --set ").isEqualTo(flops.err());
        assertThat(flops.exitCode()).isEqualTo(2);
        assertThat(flops.out()).isEmpty();
        assertThat(jobs.context).isNull();
        assertThat(folder.resolve("runs")).doesNotExist();
    }

    @Test
    void fewStepsAreNoted() {
        CommandRun run = distillSmall(jobs);

        assertThat(run.exitCode()).isZero();
        assertThat(run.err())
                .contains(
                        "note: 4 training images in batches of 2 give the teacher 4 steps in 2 epochs, which is few; more"
                                + " with --set teacher.epochs=150 (300 steps)");
    }

    @Test
    void aDryRunPrintsThePlanAndMakesNothing() {
        CommandRun run = distillSmall(jobs, "--dry-run", "--controls", "--device", "cpu");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out().lines().map(line -> line.strip().replaceAll(" +", " ")))
                .contains(
                        "plan: nothing is trained, and nothing is made",
                        "data: tiny, 4 training, 2 validation and 2 test images of 4x4x1, 2 classes")
                // 4 images in batches of 2 for 3 epochs; 2 tokens of 2 rows, embedded in 4 values.
                .anyMatch(line -> line.matches("s 2 tokens of 8 -> 2x4 [0-9,]+ [0-9,]+ 4 3 6 .*"))
                .anyMatch(line -> line.matches("teacher 4x4x16, 2x2x32, 1x1x64 72,146 [0-9,]+ 4 2 4 .*"))
                .anyMatch(line -> line.startsWith("files: ") && line.endsWith(" 6 checkpoints in checkpoints"))
                .anyMatch(
                        line -> line.matches("time: about .+: teacher [0-9]+ %, .*controls [0-9]+ %; an estimate, .*"));
        assertThat(jobs.context).isNull();
        assertThat(folder.resolve("runs")).doesNotExist();
    }

    @Test
    void aDryRunOfTheTeacherHasNoStudents() {
        CommandRun run = run(
                "teacher",
                "--dry-run",
                "--device",
                "cpu",
                "--dataset",
                smallDataset,
                "--set",
                "validationImages=2",
                "--set",
                "teacher.batch=2");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).contains("1 checkpoint in checkpoints").doesNotContain("caching", "tokens");
        assertThat(folder.resolve("runs")).doesNotExist();
    }

    @Test
    void aDryRunRefusesAFolderInUseAsTheRunWould() throws IOException {
        Path used = Files.createDirectory(folder.resolve("used"));
        Files.writeString(used.resolve("config.yaml"), "mine");

        CommandRun run = distillSmall(jobs, "--dry-run", "--out", used.toString());

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("expected a new or empty run folder");
    }

    @Test
    void evaluateReadsTheRunFoldersOwnSettings() throws IOException {
        Path out = folder.resolve("out");
        distillSmall(jobs, "--seed", "11", "--out", out.toString());
        FakeJobs.writeEmptyTeacher(out);
        jobs.context = null;

        CommandRun run = run("evaluate", out.toString(), "--device", "cpu");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(jobs.asked().spec().seed()).isEqualTo(11);
        assertThat(run.out()).contains("rows4-d4");
    }

    @Test
    void studentsInBfloat16AreRefusedOnTheCpuBeforeThereIsARunFolder() {
        String key = "student.precision";
        CommandRun run = distillSmall(jobs, "--set", key + "=bf16", "--device", "cpu", "--threads", "1");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err().lines().toList())
                .singleElement()
                .asString()
                .startsWith("mamba-pkd: " + key + " is bf16, which needs --device cuda with a GPU of compute"
                        + " capability 8.0 or newer, but the run is on cpu, 1 thread,")
                .endsWith("; use --set " + key + "=f32, or such a GPU");
        assertThat(jobs.context).isNull();
        assertThat(folder.resolve("runs")).doesNotExist();
    }

    @Test
    void theCpuTrainsATeacherInBfloat16() {
        CommandRun run = distillSmall(jobs, "--set", "teacher.precision=bf16", "--device", "cpu", "--threads", "1");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(jobs.asked().spec().teacher().precision()).isEqualTo(Precision.BF16);
    }

    @Test
    void theCpuEvaluatesARunInBfloat16InFloatsAndSaysSo() throws IOException {
        Path out = folder.resolve("out");
        distillSmall(jobs, "--out", out.toString());
        FakeJobs.writeEmptyTeacher(out);
        Path config = out.resolve("config.yaml");
        Files.writeString(config, Files.readString(config).replace("precision: f32", "precision: bf16"));

        CommandRun run = run("evaluate", out.toString(), "--device", "cpu");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err())
                .contains("note: the run was trained in bf16, which this device lacks; evaluating its f32 checkpoints"
                        + " in f32");
        assertThat(jobs.asked().spec().teacher().precision()).isEqualTo(Precision.F32);
        assertThat(jobs.asked().spec().student().precision()).isEqualTo(Precision.F32);
    }

    @Test
    void evaluateRefusesWhatIsNotARunFolder() throws IOException {
        CommandRun empty = run("evaluate", folder.toString());
        Files.writeString(folder.resolve("config.yaml"), "seed: 1\n");
        CommandRun partial = run("evaluate", folder.toString());

        assertThat(empty.exitCode()).isEqualTo(2);
        assertThat(empty.err()).contains("expected a run folder with a config.yaml");
        assertThat(partial.exitCode()).isEqualTo(2);
        assertThat(partial.err()).contains("config.yaml: key 'dataset' is missing");
    }

    @Test
    void flopsPrintsEveryModelAndTheSums() {
        CommandRun run = run("flops", "--preset", "mnist-full");

        assertThat(run.exitCode()).isZero();
        List<String> lines = run.out()
                .lines()
                .map(line -> line.strip().replaceAll(" +", " "))
                .toList();
        assertThat(lines)
                .contains(
                        "total 14,677,760 0 0 14,677,760",
                        "total 9,744 2,016 1,326 13,086",
                        "total 1,002,624 193,536 59,146 1,255,306",
                        "rows4-d4 13,086 0.089 13,086 0.089",
                        "rows2-d48-b2 1,255,306 8.552 1,843,114 12.557");
    }

    @Test
    void infoNamesPresetsDatasetsAndBackends() {
        CommandRun run = run("info");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .contains(Presets.names())
                .contains(
                        "fashion-mnist:DIR",
                        "cuda:            of no use: there is no driver",
                        System.getProperty("java.version"))
                .containsPattern("matrix products: +(OpenBLAS|Java)\\R");
    }
}
