package io.mambapkd.ops.cuda.checkup;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.doctor.Finding;
import io.mambapkd.doctor.Finding.Verdict;
import io.mambapkd.doctor.ProbeProcess.Answer;
import io.mambapkd.model.TeacherSpec;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.ops.cuda.checkup.ConvolutionTrials.Layer;
import io.mambapkd.ops.cuda.checkup.ConvolutionTrials.Use;
import io.mambapkd.ops.cuda.libraries.CudnnStatus;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.train.settings.Presets;
import io.mambapkd.train.settings.RunSpecYaml;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What doctor tries of cuDNN, and how it tells it. */
class ConvolutionTrialsTest {
    static List<String> presets() {
        return Presets.names();
    }

    /** Images are those of MNIST, or have the size of CIFAR's. */
    @ParameterizedTest
    @MethodSource("presets")
    void everyLayerOfEveryPresetIsTried(String preset) {
        var spec = RunSpecYaml.preset(preset, List.of());
        ImageShape image = spec.dataset().equals("mnist") ? new ImageShape(28, 28, 1) : new ImageShape(32, 32, 3);
        List<Layer> layers = new ArrayList<>();
        for (TeacherSpec.Convolution layer : spec.teacher().spec().convolutions(image)) {
            // A kernel of 3 goes over borders of zeros, one of 2 leaves a row and a column out.
            int border = layer.kernel() == 3 ? 0 : 1;
            layers.add(new Layer(
                    layer.height() + border,
                    layer.width() + border,
                    layer.inputs(),
                    layer.outputs(),
                    new Conv2dOps.Options(layer.kernel(), 1, 1 - border),
                    Use.PRESET));
        }
        assertThat(layers).hasSizeGreaterThanOrEqualTo(6);
        assertThat(ConvolutionTrials.LAYERS).containsAll(layers);
    }

    private static List<Finding> findings(Map<String, String> values) {
        return new ConvolutionFindings("convolution", 0).of(new Answer(values, List.of(), "", false));
    }

    @Test
    void whereCudnnRefusesNothingThereIsOneLine() {
        assertThat(findings(Map.of()))
                .singleElement()
                .isEqualTo(Finding.ok(
                        "convolution", "cuDNN computes those of the presets and their gradients on device 0"));
    }

    @Test
    void fallbacksAreNotes() {
        List<Finding> findings = findings(Map.of("fallback 0", "one", "fallback 1", "another"));
        assertThat(findings).extracting(Finding::verdict).containsExactly(Verdict.OK, Verdict.NOTE, Verdict.NOTE);
        assertThat(findings).extracting(Finding::text).contains("one", "another");
    }

    @Test
    void aRefusedLayerOfAPresetIsAProblemAndAnotherIsNot() {
        String text = "cuDNN refuses it in every way";
        assertThat(findings(Map.of("refused 0", text, "refused 0.remedy", CudnnStatus.OTHER_LIBRARY)))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.isProblem()).isTrue();
                    assertThat(finding.remedy()).startsWith("use another cuDNN 9");
                });
        Map<String, String> seldom = Map.of("seldom 0", text, "seldom 0.remedy", CudnnStatus.OTHER_LIBRARY);
        assertThat(findings(seldom))
                .extracting(Finding::text)
                .contains("cuDNN refuses it in every way, which no preset needs");
        assertThat(findings(seldom)).noneMatch(Finding::isProblem);
    }
}
