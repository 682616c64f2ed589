package io.mambapkd.train.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.config.Amount;
import io.mambapkd.config.Setting;
import io.mambapkd.data.SplitKind;
import io.mambapkd.distill.Scheme;
import io.mambapkd.image.AugmentationSpec;
import io.mambapkd.model.CnnSpec;
import io.mambapkd.model.Flops;
import io.mambapkd.model.StemSpec;
import io.mambapkd.model.StudentPrecision;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.nn.Precision;
import io.mambapkd.nn.mamba.MixerSpec;
import io.mambapkd.ops.PatchOps.Cut;
import io.mambapkd.optim.ScheduleKind;
import io.mambapkd.tensor.ImageShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One long class: the mistakes that a file of settings can have, each with its sentence. */
final class RunSpecYamlTest {
    @TempDir
    private Path folder;

    private RunSpec read(String yaml) throws IOException {
        return RunSpecYaml.file(Files.writeString(folder.resolve("config.yaml"), yaml), Presets.DEFAULT, List.of());
    }

    private static RunSpec set(String... assignments) {
        return RunSpecYaml.preset(
                Presets.DEFAULT,
                Stream.of(assignments).map(a -> Setting.parse("--set", a)).toList());
    }

    @Test
    void demoPresetIsTheRecipesFastDemo() {
        RunSpec demo = RunSpecYaml.preset("mnist-demo", List.of());

        assertThat(demo.dataset()).isEqualTo("mnist");
        assertThat(demo.validationImages()).isEqualTo(Amount.of(0));
        assertThat(demo.split()).isEqualTo(SplitKind.AUTO);
        assertThat(demo.augmentation().spec()).isEqualTo(new AugmentationSpec(10, 0.1, 0.1, 2));
        TeacherSettings teacher = demo.teacher();
        assertThat(teacher.spec()).isEqualTo(new CnnSpec(List.of(16, 32, 64), 2, 0.2, Precision.F32));
        assertThat(teacher.epochs()).isEqualByComparingTo("2");
        assertThat(teacher.images()).isZero();
        assertThat(teacher.batch()).isEqualTo(128);
        assertThat(teacher.optimizer()).isEqualTo(TeacherSettings.OptimizerKind.ADAMW);
        assertThat(List.of(teacher.learningRate(), teacher.warmup(), teacher.weightDecay(), teacher.labelSmoothing()))
                .containsExactly(4e-3, 0.25, 0.02, 0.05);
        assertThat(demo.student())
                .isEqualTo(new GroupSettings(
                        Scheme.BLEND,
                        0.5,
                        0.1,
                        2,
                        StudentSpec.ReadOut.FLAT,
                        MixerSpec.Kind.SCAN,
                        MixerSpec.Direction.FORWARD,
                        StudentSpec.Reuse.NONE,
                        StudentPrecision.AUTO,
                        3,
                        25_000,
                        4,
                        128,
                        ScheduleKind.ONECYCLE,
                        0.15,
                        0.01,
                        1));
        assertThat(demo.students())
                .containsExactly(
                        new StudentSettings("rows4-d4", Cut.ROWS, 4, 4, 1, 4, 2e-2),
                        new StudentSettings("cols4-d8", Cut.COLUMNS, 4, 8, 1, 4, 2e-2),
                        new StudentSettings("rows2-d8", Cut.ROWS, 2, 8, 1, 4, 2e-2),
                        new StudentSettings("cols2-d12", Cut.COLUMNS, 2, 12, 1, 4, 2e-2),
                        new StudentSettings("rows2-d16", Cut.ROWS, 2, 16, 1, 4, 2e-2),
                        new StudentSettings("cols2-d24", Cut.COLUMNS, 2, 24, 1, 4, 1e-2),
                        new StudentSettings("rows2-d48", Cut.ROWS, 2, 48, 1, 4, 1e-2));
        assertThat(demo.earlyExit().maximumAccuracyLoss()).isEqualTo(0.002);
    }

    @Test
    void fullPresetIsTheRecipesFinalRun() {
        RunSpec full = RunSpecYaml.preset("mnist-full", List.of());

        assertThat(full.teacher().epochs()).isEqualByComparingTo("6");
        assertThat(full.student().epochs()).isEqualTo(12);
        assertThat(full.student().images()).isZero();
        assertThat(full.student().copies()).isEqualTo(8);
        assertThat(full.students().subList(5, 7))
                .containsExactly(
                        new StudentSettings("cols2-d32", Cut.COLUMNS, 2, 32, 1, 4, 1e-2),
                        new StudentSettings("rows2-d48-b2", Cut.ROWS, 2, 48, 2, 8, 7e-3));
        // The sum of the recipe's table: 12.557 % of the teacher's 14,677,760.
        long group = full.models().stream()
                .mapToLong(student ->
                        Flops.student(student, new ImageShape(28, 28, 1), 10).total())
                .sum();
        assertThat(group).isEqualTo(1_843_114);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mnist-demo",
                "mnist-full",
                "cifar10-demo",
                "cifar10-full",
                "cifar10-gpu",
                "cifar10-teacher",
                "folder-demo"
            })
    void writtenSettingsReadBackToAnEqualRecord(String preset) throws IOException {
        RunSpec spec = RunSpecYaml.preset(preset, List.of());

        Path file = Files.writeString(folder.resolve("written.yaml"), RunSpecYaml.write(spec));

        assertThat(RunSpecYaml.complete(file)).isEqualTo(spec);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "idx:/data/a: b",
                "idx: #1",
                "1e3",
                "true",
                "null",
                "~",
                "12:30:45",
                "idx:\t'\"\\é\n",
                "<<",
                "- x"
            })
    void textThatLooksLikeSomethingElseSurvivesWriting(String dataset) throws IOException {
        RunSpec spec = RunSpecYaml.preset(Presets.DEFAULT, List.of(Setting.text("--dataset", "dataset", dataset)));

        Path file = Files.writeString(folder.resolve("written.yaml"), RunSpecYaml.write(spec));

        assertThat(RunSpecYaml.complete(file).dataset()).isEqualTo(dataset);
    }

    @Test
    void numbersOfEverySizeSurviveWriting() throws IOException {
        RunSpec spec = set("student.weightDecay=1.0e-12", "teacher.learningRate=0.1", "seed=-9223372036854775808");

        Path file = Files.writeString(folder.resolve("written.yaml"), RunSpecYaml.write(spec));

        assertThat(RunSpecYaml.complete(file)).isEqualTo(spec);
    }

    @Test
    void partialFileOverlaysTheDefaultPresetKeyByKey() throws IOException {
        RunSpec demo = RunSpecYaml.preset(Presets.DEFAULT, List.of());

        RunSpec spec = read("student:\n  alpha: 0.3\n");

        assertThat(spec.student().alpha()).isEqualTo(0.3);
        assertThat(spec.student().epochs()).isEqualTo(demo.student().epochs());
        assertThat(spec.students()).isEqualTo(demo.students());
    }

    @Test
    void partialFileMayNameThePresetItOverlays() throws IOException {
        assertThat(read("preset: mnist-full\nseed: 5\n").teacher().epochs()).isEqualByComparingTo("6");
    }

    @Test
    void listsOfAFileReplaceThePresetsLists() throws IOException {
        RunSpec spec = read("""
                students:
                - {name: only, cut: patches, tokenSize: 7, modelWidth: 8, blocks: 2, stateSize: 4, learningRate: 0.02}
                """);

        assertThat(spec.students()).containsExactly(new StudentSettings("only", Cut.PATCHES, 7, 8, 2, 4, 0.02));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            seed: 1\\nstudent:\\n  aplha: 1       | line 3: unknown key 'aplha' in student; known keys: scheme, blend, alpha, temperature, readOut, mixer, direction, reuse, precision, epochs, images, copies, batch, schedule, warmup, weightDecay, clip; did you mean alpha?
            sede: 1                            | line 1: unknown key 'sede'; known keys: dataset, seed, validationImages, calibrationImages, split, orientation, images, testImages, classWeights, augmentation, teacher, student, students, earlyExit; did you mean seed?
            student:\\n  alpha: 2                | line 2: student.alpha must be in [0, 1], got 2
            student:\\n  alpha: high             | line 2: student.alpha must be a number, got 'high'
            student:\\n  alpha: '0.1'            | line 2: student.alpha must be a number, got the text '0.1' in quotes; remove the quotes
            student:\\n  alpha: .nan             | line 2: student.alpha must be a number, got '.nan'
            student:\\n  alpha: 1e999            | line 2: student.alpha must be a number of at most 1.8e308, got '1e999'
            student:\\n  alpha:                  | line 2: student.alpha must be a number, got nothing
            student:\\n  epochs: 2.5             | line 2: student.epochs must be a whole number, got '2.5'
            student:\\n  epochs: 99999999999     | line 2: student.epochs must be a whole number from -2147483648 to 2147483647, got '99999999999'
            seed: 9999999999999999999           | line 1: seed must be a whole number from -9223372036854775808 to 9223372036854775807, got '9999999999999999999'
            student:\\n  scheme: sums            | line 2: student.scheme must be one of blend, mean, sum, plain, bdistil, got 'sums'; did you mean sum?
            student:\\n  reuse: logit             | line 2: student.reuse must be one of none, logits, got 'logit'; did you mean logits?
            student:\\n  mixer: SCAN             | line 2: student.mixer must be one of scan, conv, none, got 'SCAN'; did you mean scan?
            student: 3                         | line 1: student must be a group of keys (scheme, blend, alpha, temperature, readOut, mixer, direction, reuse, precision, epochs, images, copies, batch, schedule, warmup, weightDecay, clip), got '3'
            teacher:\\n  channels: 16            | line 2: teacher.channels must be a list, got '16'
            teacher:\\n  channels: [16, x]       | line 2: teacher.channels[1] must be a whole number, got 'x'
            teacher:\\n  channels: []            | line 2: teacher.channels must list 1 or more extents from 1 to 4096, got []
            teacher:\\n  dropout: 1              | line 2: teacher.dropout must be in [0, 1), got 1.0
            augmentation:\\n  shear: 3           | line 2: augmentation.shear must be from 0 to 2.0, got 3.0
            dataset: 5                         | line 1: dataset must be text, got '5'; put it in quotes if that is what is meant
            validationImages: -1               | line 1: validationImages must be at least 0, or a percentage above 0 and below 100, got -1
            validationImages: 0%               | line 1: validationImages must be at least 0, or a percentage above 0 and below 100, got 0%
            validationImages: 100%             | line 1: validationImages must be at least 0, or a percentage above 0 and below 100, got 100%
            validationImages: '64'             | line 1: validationImages must be a whole number or a percentage such as 10%, got the text '64' in quotes; remove the quotes
            validationImages: 0.1              | line 1: validationImages must be a whole number or a percentage such as 10%, got '0.1'; write a share as a percentage
            validationImages: 2147483648       | line 1: validationImages must be a whole number or a percentage such as 10%, got '2147483648'; it can be 2147483647 at most
            validationImages: ten              | line 1: validationImages must be a whole number or a percentage such as 10%, got 'ten'
            validationImages: [1]              | line 1: validationImages must be a whole number or a percentage such as 10%, got a list
            split: random                      | line 1: split must be one of auto, last, stratified, got 'random'
            orientation: true                  | line 1: orientation must be one of normal, transposed, got 'true'
            dataset: [mnist]                   | line 1: dataset must be text, got a list
            preset: mnist-dmo                  | line 1: unknown preset 'mnist-dmo'; choose one of mnist-demo, mnist-full, cifar10-demo, cifar10-full, cifar10-gpu, cifar10-teacher, folder-demo
            preset: [a]                        | line 1: unknown preset a list; choose one of mnist-demo, mnist-full, cifar10-demo, cifar10-full, cifar10-gpu, cifar10-teacher, folder-demo
            students: []                       | line 1: students must list at least one student
            """)
    void mistakesAreToldWithFileAndLine(String yaml, String message) {
        assertThatThrownBy(() -> read(yaml.replace("\\n", "\n")))
                .isInstanceOf(InputException.class)
                .hasMessage(folder.resolve("config.yaml") + " " + message);
    }

    @Test
    void mistakesOfOneStudentAreToldWithItsLine() {
        String student =
                "- {name: a, cut: rows, tokenSize: 4, modelWidth: 4, blocks: 1, stateSize: 4, learningRate: 0.02}\n";

        assertThatThrownBy(() -> read("students:\n" + student
                        + student.replace("name: a", "name: b").replace("blocks: 1", "\n   blocks: 0")))
                .hasMessageEndingWith("config.yaml line 4: student b: blocks must be from 1 to 64, got 0");
        assertThatThrownBy(() -> read("students:\n" + student + student))
                .hasMessageEndingWith("config.yaml line 1: students must have different names, got [a, a]");
        assertThatThrownBy(() -> read("students:\n" + student.replace("learningRate: 0.02", "learningRate: 0")))
                .hasMessageEndingWith("config.yaml line 2: student a: learningRate must be above 0, at most 10, got 0");
        assertThatThrownBy(() -> read("students:\n" + student.replace("learningRate: 0.02", "learningRate: 1e30")))
                .hasMessageEndingWith(" must be above 0, at most 10, got 1.0E30");
        assertThatThrownBy(() -> read("students:\n" + student.replace("blocks: 1, ", "")))
                .hasMessageEndingWith("config.yaml line 2: key 'blocks' is missing in students[0]");
        assertThatThrownBy(() -> read("students:\n" + student.replace("name: a", "name: ../a")))
                .hasMessageContaining("config.yaml line 2: a student's name must be");
    }

    @Test
    void completeFileFillsNothingUp() throws IOException {
        Path file = Files.writeString(folder.resolve("config.yaml"), "dataset: mnist\n");

        assertThatThrownBy(() -> RunSpecYaml.complete(file))
                .isInstanceOf(InputException.class)
                .hasMessage(file + ": key 'seed' is missing");
    }

    @Test
    void unknownPresetIsToldWithTheKnownOnes() {
        assertThatThrownBy(() -> RunSpecYaml.preset("demo", List.of()))
                .isInstanceOf(InputException.class)
                .hasMessage(
                        "unknown preset 'demo'; choose one of mnist-demo, mnist-full, cifar10-demo, cifar10-full, cifar10-gpu, cifar10-teacher, folder-demo");
    }

    @Test
    void singleValuesGoOverThePreset() {
        RunSpec spec =
                set("student.alpha=0.2", "students[0].modelWidth=6", "teacher.channels=[8, 16]", "student.scheme=mean");

        assertThat(spec.student().alpha()).isEqualTo(0.2);
        assertThat(spec.student().scheme()).isEqualTo(Scheme.MEAN);
        assertThat(spec.students().get(0).modelWidth()).isEqualTo(6);
        assertThat(spec.students().get(0).name()).isEqualTo("rows4-d4");
        assertThat(spec.teacher().channels()).containsExactly(8, 16);
    }

    @Test
    void everyStudentButTheFirstReadsTheLogitsOfItsGroup() {
        RunSpec spec = set("student.reuse=logits");

        List<StudentSpec.Reuse> reuse =
                spec.models().stream().map(StudentSpec::reuse).toList();
        assertThat(reuse.get(0)).isEqualTo(StudentSpec.Reuse.NONE);
        assertThat(reuse.subList(1, reuse.size())).hasSize(6).containsOnly(StudentSpec.Reuse.LOGITS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "bdistil"})
    void studentsThatAreTrainedAloneHaveNoGroupToRead(String scheme) {
        assertThatThrownBy(() -> set("student.scheme=" + scheme, "student.reuse=logits"))
                .isInstanceOf(InputException.class)
                .hasMessageEndingWith("student.reuse must be none with student.scheme " + scheme
                        + ", whose students are trained without a group, got logits; use --set student.reuse=none, or a"
                        + " scheme of blend, mean and sum");
    }

    @ParameterizedTest
    @ValueSource(strings = {"10%", "12.5%", "0.001%", "99%", "0", "64", "2147483647"})
    void amountsSurviveWritingWithoutQuotes(String amount) throws IOException {
        RunSpec spec = set("validationImages=" + amount);

        Path file = Files.writeString(folder.resolve("written.yaml"), RunSpecYaml.write(spec));

        assertThat(file).content().contains("\nvalidationImages: " + amount + "\n");
        assertThat(RunSpecYaml.complete(file)).isEqualTo(spec);
    }

    @ParameterizedTest
    @ValueSource(strings = {"'10%'", "10 %", "10.0%", "+10%"})
    void aShareMayBeWrittenInOtherWays(String written) throws IOException {
        assertThat(read("validationImages: " + written + "\n").validationImages())
                .isEqualTo(set("validationImages=10%").validationImages());
    }

    @Test
    void anotherPrecisionIsThatOfTeacherAndStudentsAndChangesNothingElse() {
        RunSpec floats = RunSpecYaml.preset("mnist-demo", List.of(Setting.text("--dataset", "dataset", "idx:1e5")));
        RunSpec narrow = floats.withPrecision(Precision.BF16);
        assertThat(narrow.teacher().precision()).isEqualTo(Precision.BF16);
        assertThat(narrow.student().precision()).isEqualTo(StudentPrecision.BF16);
        RunSpec wide = narrow.withPrecision(Precision.F32);
        assertThat(wide.student().precision()).isEqualTo(StudentPrecision.F32);
        assertThat(wide.teacher()).isEqualTo(floats.teacher());
        assertThat(wide.withPrecision(Precision.BF16)).isEqualTo(narrow);
    }

    @Test
    void aStudentHasAStemAndATrainingOfItsOwnWhereItsSettingsSaySo() {
        RunSpec spec = set(
                "students[0].stem=[8, 16]",
                "students[0].epochs=5",
                "students[1].stem=[8]",
                "students[1].stemStrides=[1]");
        StudentSettings first = spec.students().get(0);
        assertThat(spec.models().get(0).tokenizer().stem()).isEqualTo(new StemSpec(List.of(8, 16), List.of(2, 2)));
        assertThat(spec.models().get(1).tokenizer().stem()).isEqualTo(new StemSpec(List.of(8), List.of(1)));
        assertThat(first.epochs(spec.student())).isEqualTo(5);
        assertThat(spec.students().get(1).epochs(spec.student()))
                .isEqualTo(spec.student().epochs());
        assertThat(first.batch(spec.student())).isEqualTo(128);
    }

    @Test
    void singleValuesGoOverTheFile() throws IOException {
        Path file = Files.writeString(folder.resolve("config.yaml"), "student: {alpha: 0.3}\n");

        RunSpec spec = RunSpecYaml.file(file, Presets.DEFAULT, List.of(Setting.parse("--set", "student.alpha=0.4")));

        assertThat(spec.student().alpha()).isEqualTo(0.4);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            student.aplha=0.2          | unknown key 'aplha' in student; known keys: scheme, blend, alpha, temperature, readOut, mixer, direction, reuse, precision, epochs, images, copies, batch, schedule, warmup, weightDecay, clip; did you mean alpha?
            classWeights=ballanced     | classWeights must be one of none, balanced, got 'ballanced'; did you mean balanced?
            studnet.alpha=0.2          | unknown key 'studnet'; known keys: dataset, seed, validationImages, calibrationImages, split, orientation, images, testImages, classWeights, augmentation, teacher, student, students, earlyExit; did you mean student?
            teacher.precision=fp16     | teacher.precision must be one of f32, bf16, got 'fp16'
            student.precision=half     | student.precision must be one of auto, f32, bf16, got 'half'
            student.alpha=7            | student.alpha must be in [0, 1], got 7
            student.alpha=             | student.alpha must be a number, got nothing
            student.alpha              | expected KEY=VALUE, such as student.alpha=0.2 or students[0].modelWidth=8
            student..alpha=1           | expected KEY=VALUE, such as student.alpha=0.2 or students[0].modelWidth=8
            =1                         | expected KEY=VALUE, such as student.alpha=0.2 or students[0].modelWidth=8
            students[7].modelWidth=8   | students has 7 entries, the last is students[6]
            students[0].width=8        | unknown key 'width' in students[0]; known keys: name, stem, stemStrides, cut, tokenSize, position, order, modelWidth, blocks, stateSize, learningRate, epochs, batch
            students.modelWidth=8      | students has no keys; name one of its entries, such as students[0]
            student[0].alpha=1         | student is not a list
            seed.x=1                   | seed has no keys
            students[1].blocks=0       | student cols4-d8: blocks must be from 1 to 64, got 0
            students[1].stem=[0]       | student cols4-d8: stem must be channels from 1 to 4096, got [0]
            students[1].stem=[1,2,3,4,5,6,7] | student cols4-d8: stem must be at most 6 convolutions, got [1, 2, 3, 4, 5, 6, 7]
            students[1].stem=8         | students[1].stem must be a list, got '8'
            students[1].stemStrides=[2] | student cols4-d8: stemStrides must be one stride for each of the 0 convolutions of stem, or none, got [2]
            students[1].order=snake    | students[1].order must be one of row, column, reversed_row, reversed_column, alternating, got 'snake'
            students[1].position=2d    | students[1].position must be one of token, grid, got '2d'
            students[1].epochs=-1      | student cols4-d8: epochs must be from 1 to 10000, or 0 for those of all students, got -1
            students[1].batch=8193     | student cols4-d8: batch must be from 1 to 8192, or 0 for that of all students, got 8193
            student.schedule=linear    | student.schedule must be one of onecycle, cosine, got 'linear'
            student.alpha=[1           | "this is not valid YAML: expected ',' or ']', but got <stream end>"
            """)
    void mistakesOfASingleValueAreToldWithTheOption(String assignment, String message) {
        assertThatThrownBy(() -> set(assignment))
                .isInstanceOf(InputException.class)
                .hasMessage("--set " + assignment + ": " + message);
    }
}
