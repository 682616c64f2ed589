package io.mambapkd.train.settings;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.config.Amount;
import io.mambapkd.config.Setting;
import io.mambapkd.data.Orientation;
import io.mambapkd.data.SplitKind;
import io.mambapkd.distill.ClassWeights;
import io.mambapkd.model.StudentPrecision;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.nn.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Settings of run folders from before a setting came in, and those of presets for other data. */
class OlderRunSettingsTest {
    @TempDir
    private Path folder;

    private static RunSpec set(String... assignments) {
        return RunSpecYaml.preset(
                Presets.DEFAULT,
                Stream.of(assignments).map(a -> Setting.parse("--set", a)).toList());
    }

    /** Run folders that were written before there was the key are read as they were meant. */
    @Test
    void settingsWithoutClassWeightsHaveNone() throws IOException {
        RunSpec spec = set("classWeights=balanced");
        String written = RunSpecYaml.write(spec);
        assertThat(written).contains("classWeights: balanced\n");
        Path file = Files.writeString(folder.resolve("written.yaml"), written.replace("classWeights: balanced\n", ""));

        assertThat(RunSpecYaml.complete(file)).isEqualTo(set());
        assertThat(set().classWeights()).isEqualTo(ClassWeights.NONE);
    }

    /** Run folders from before there was a choice. */
    @Test
    void aRunFolderWithoutAPrecisionHasATeacherInFloatsAndStudentsInTheUsualPrecision() throws IOException {
        RunSpec spec = set("teacher.precision=bf16", "student.precision=bf16");
        String written = RunSpecYaml.write(spec);
        assertThat(written).contains("  precision: bf16\n");
        Path older = Files.writeString(folder.resolve("config.yaml"), written.replaceAll(" *precision: .*\n", ""));

        assertThat(spec.teacher().precision()).isEqualTo(Precision.BF16);
        assertThat(spec.teacher().spec().precision()).isEqualTo(Precision.BF16);
        assertThat(spec.models().get(0).precision()).isEqualTo(StudentPrecision.BF16);
        assertThat(RunSpecYaml.complete(older).teacher().precision()).isEqualTo(Precision.F32);
        assertThat(RunSpecYaml.complete(older).student().precision()).isEqualTo(StudentPrecision.AUTO);
    }

    /** Run folders from before a student could read its group. */
    @Test
    void aRunFolderWithoutReuseReadsNothing() throws IOException {
        String written = RunSpecYaml.write(set("student.reuse=logits"));
        assertThat(written).contains("  reuse: logits\n");
        Path older = Files.writeString(folder.resolve("config.yaml"), written.replaceAll(" *reuse: .*\n", ""));

        assertThat(RunSpecYaml.complete(older).student().reuse()).isEqualTo(StudentSpec.Reuse.NONE);
    }

    /** Run folders from before the split had a setting. */
    @Test
    void aRunFolderWithoutASplitValidatesOnTheLastImages() throws IOException {
        String written = RunSpecYaml.write(set("validationImages=64"));
        Path older = Files.writeString(
                folder.resolve("config.yaml"),
                written.replaceAll("split: .*\n", "").replaceAll("orientation: .*\n", ""));

        RunSpec spec = RunSpecYaml.complete(older);

        assertThat(written).contains("validationImages: 64\n", "split: auto\n", "orientation: normal\n");
        assertThat(spec.validationImages()).isEqualTo(Amount.of(64));
        assertThat(spec.split()).isEqualTo(SplitKind.LAST);
        assertThat(spec.orientation()).isEqualTo(Orientation.NORMAL);
    }

    /** Run folders from before there were calibration images. */
    @Test
    void aRunFolderWithoutCalibrationImagesHasNone() throws IOException {
        String written = RunSpecYaml.write(set("calibrationImages=64"));
        assertThat(written).contains("validationImages: 0\ncalibrationImages: 64\nsplit: auto\n");
        Path older = Files.writeString(folder.resolve("config.yaml"), written.replaceAll("calibration.*\n", ""));

        assertThat(RunSpecYaml.complete(older).calibrationImages()).isEqualTo(Amount.of(0));
    }

    @Test
    void withoutCalibrationImagesTheDecisiveSettingsAreThoseOfOlderRuns() {
        assertThat(FlatSettings.decisive(set("calibrationImages=0"))).doesNotContainKey("calibrationImages");
        assertThat(FlatSettings.decisive(set("calibrationImages=64"))).containsEntry("calibrationImages", "64");
        assertThat(FlatSettings.of(set("calibrationImages=0"))).containsEntry("calibrationImages", "0");
    }

    /** A number for MNIST may be more than all images of another data set. */
    @ParameterizedTest
    @CsvSource({
        "mnist-demo, dataset=mnist, 10000",
        "mnist-demo, dataset=idx:own, 0",
        "mnist-demo, dataset=fashion-mnist, 0",
        "mnist-full, seed=1, 10000",
        "mnist-demo, dataset=mnist:elsewhere, 10000",
        "cifar10-demo, dataset=cifar100, 0",
        "cifar10-demo, dataset=folder:own, 0",
        "cifar10-full, seed=1, 0"
    })
    void theCalibrationImagesOfAPresetAreForItsOwnDataSet(String preset, String setting, int images)
            throws IOException {
        Setting single = Setting.parse("--set", setting);
        Path file = Files.writeString(
                folder.resolve("own.yaml"), "preset: " + preset + "\n" + setting.replace("=", ": ") + "\n");

        assertThat(RunSpecYaml.preset(preset, List.of(single)).calibrationImages())
                .isEqualTo(Amount.of(images));
        assertThat(RunSpecYaml.file(file, Presets.DEFAULT, List.of()).calibrationImages())
                .isEqualTo(Amount.of(images));
        Setting asked = Setting.parse("--set", "calibrationImages=7%");
        assertThat(RunSpecYaml.preset(preset, List.of(single, asked))
                        .calibrationImages()
                        .toString())
                .isEqualTo("7%");
    }
}
