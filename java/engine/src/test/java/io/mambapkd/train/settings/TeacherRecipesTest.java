package io.mambapkd.train.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.config.Setting;
import io.mambapkd.model.AirbenchSpec;
import io.mambapkd.model.CnnSpec;
import io.mambapkd.model.ResNet9Spec;
import io.mambapkd.nn.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a teacher is where only its kind is chosen, and fractions of epochs. */
class TeacherRecipesTest {
    @TempDir
    private Path folder;

    private static RunSpec set(String... assignments) {
        return RunSpecYaml.preset("mnist-demo", settings(assignments));
    }

    private static List<Setting> settings(String... assignments) {
        return Stream.of(assignments).map(text -> Setting.parse("--set", text)).toList();
    }

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("run.yaml"), text);
    }

    @Test
    void aModelThatIsChosenAloneHasItsRecipe() {
        TeacherSettings airbench = set("teacher.model=airbench").teacher();
        assertThat(airbench.spec()).isEqualTo(new AirbenchSpec(64, Precision.F32));
        assertThat(airbench.epochs()).isEqualByComparingTo("9.9");
        assertThat(airbench.batch()).isEqualTo(1024);
        assertThat(airbench.optimizer()).isEqualTo(TeacherSettings.OptimizerKind.SGD);
        assertThat(airbench.average()).isEqualTo(TeacherSettings.Average.LOOKAHEAD);
        assertThat(List.of(airbench.learningRate(), airbench.momentum(), airbench.weightDecay(), airbench.biasScale()))
                .containsExactly(11.5, 0.85, 0.0153, 64.0);
        TeacherSettings residual = set("teacher.model=resnet9").teacher();
        assertThat(residual.spec()).isEqualTo(new ResNet9Spec(16, Precision.F32));
        assertThat(List.of(residual.learningRate(), residual.momentum(), residual.weightDecay()))
                .containsExactly(0.2, 0.9, 5e-4);
    }

    /** What the user says goes over the recipe, whatever comes first; what belongs to no recipe stays the preset's. */
    @Test
    void settingsGoOverTheRecipe() throws IOException {
        RunSpec spec = set("teacher.epochs=3", "teacher.model=airbench", "teacher.precision=bf16");
        assertThat(spec.teacher().epochs()).isEqualByComparingTo("3");
        assertThat(spec.teacher().spec()).isEqualTo(new AirbenchSpec(64, Precision.BF16));
        assertThat(spec.student()).isEqualTo(set().student());
        Path file = file("preset: mnist-demo\nteacher:\n  model: resnet9\n  batch: 64\n");
        assertThat(RunSpecYaml.file(file, "mnist-demo", List.of()).teacher().batch())
                .isEqualTo(64);
        TeacherSettings other = RunSpecYaml.file(file, "mnist-demo", settings("teacher.model=airbench"))
                .teacher();
        assertThat(other.model()).isEqualTo(TeacherSettings.Model.AIRBENCH);
        assertThat(other.batch()).isEqualTo(64);
        assertThat(other.learningRate()).isEqualTo(11.5);
    }

    @Test
    void theModelOfThePresetKeepsThePresetsSettings() {
        assertThat(set("teacher.model=cnn")).isEqualTo(set());
        assertThat(set("teacher.model=cnn").teacher().spec())
                .isEqualTo(new CnnSpec(List.of(16, 32, 64), 2, 0.2, Precision.F32));
    }

    @Test
    void settingsThatTheModelDoesNotHaveAreRefused() {
        assertThatThrownBy(() -> set("teacher.model=airbench", "teacher.channels=[8]"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("teacher.channels must be empty for airbench, which has teacher.width, got [8]");
        assertThatThrownBy(() -> set("teacher.model=resnet9", "teacher.dropout=0.1"))
                .hasMessageContaining("teacher.dropout must be 0 for resnet9, which has teacher.width, got 0.1");
        assertThatThrownBy(() -> set("teacher.width=8"))
                .hasMessageContaining("teacher.width must be 0 for cnn, which has teacher.channels, got 8");
        assertThatThrownBy(() -> set("teacher.model=resnet"))
                .hasMessageContaining("teacher.model must be one of cnn, resnet9, airbench, got 'resnet'");
    }

    @Test
    void settingsAreReadBackAsTheyWereWritten() throws IOException {
        RunSpec spec = set("teacher.model=airbench");
        Path file = file(RunSpecYaml.write(spec));
        assertThat(RunSpecYaml.write(spec)).contains("epochs: 9.9\n");
        assertThat(RunSpecYaml.complete(file)).isEqualTo(spec);
        // A whole number of epochs is written as in older versions, so that runs of theirs are the same runs.
        assertThat(RunSpecYaml.write(set("teacher.epochs=7.0"))).contains("epochs: 7\n");
        assertThat(set("teacher.epochs=7.0")).isEqualTo(set("teacher.epochs=7"));
    }

    @Test
    void stepsOfAPartOfAnEpochAreRoundedUp() {
        assertThat(TrainingSteps.total(48, 9.9)).isEqualTo(476);
        // 9.9 * 50 is 495.00000000000006 in floating point.
        assertThat(TrainingSteps.total(50, 9.9)).isEqualTo(495);
        TrainingSteps steps = TrainingSteps.teacher(set("teacher.model=airbench"), 50_000);
        assertThat(steps.perEpoch()).isEqualTo(48);
        assertThat(steps.epochs()).isEqualTo(10);
        assertThat(steps.shown()).isEqualTo("9.9");
        assertThatThrownBy(() -> set("teacher.epochs=0.5"))
                .hasMessageContaining("teacher.epochs must be from 1 to 10000, got 0.5");
    }
}
