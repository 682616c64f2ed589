package io.mambapkd.train.settings;

import static io.mambapkd.train.settings.RunSpec.require;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.config.Default;
import io.mambapkd.image.Views;
import io.mambapkd.model.AirbenchSpec;
import io.mambapkd.model.CnnSpec;
import io.mambapkd.model.ResNet9Spec;
import io.mambapkd.model.TeacherSpec;
import io.mambapkd.nn.Precision;
import io.mambapkd.optim.Nesterov;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The teacher and its training.
 *
 * @param model which kind of model
 * @param channels as in {@link CnnSpec}; none for the other models
 * @param convsPerStage as in {@link CnnSpec}; 0 for the other models
 * @param dropout as in {@link CnnSpec}; 0 for the other models
 * @param width as in {@link ResNet9Spec} and {@link AirbenchSpec}; 0 for {@link Model#CNN}
 * @param precision as in {@link TeacherSpec}
 * @param epochs passes over the training images; the last may be a part of one
 * @param images number of training images used, from the start; 0 for all
 * @param batch images per step
 * @param optimizer of the parameters
 * @param learningRate peak of the schedule
 * @param rateUnit unit of the learning rate of {@link OptimizerKind#SGD}
 * @param warmup share of the steps before the peak
 * @param startRate share of the peak before the first step, for {@link OptimizerKind#SGD}
 * @param endRate share of the peak behind the last step, for {@link OptimizerKind#SGD}
 * @param momentum of {@link OptimizerKind#SGD}, in [0, 1)
 * @param weightDecay of the optimizer
 * @param biasScale what the learning rate of the biases of norms without a scale is multiplied by, for {@link OptimizerKind#SGD}
 * @param whiteningBiasEpochs in which the bias of the whitening convolution is learned, for {@link OptimizerKind#SGD}
 * @param average of the weights
 * @param labelSmoothing of the cross entropy
 * @param views of each image at test time, whose accuracy is reported beside the plain one: as in {@link Views}
 */
public record TeacherSettings(
        @Default("cnn") Model model,
        List<Integer> channels,
        int convsPerStage,
        double dropout,
        @Default("0") int width,
        @Default("f32") Precision precision,
        BigDecimal epochs,
        int images,
        int batch,
        @Default("adamw") OptimizerKind optimizer,
        double learningRate,
        @Default("step") Nesterov.RateUnit rateUnit,
        double warmup,
        @Default("0") double startRate,
        @Default("0") double endRate,
        @Default("0.9") double momentum,
        double weightDecay,
        @Default("1") double biasScale,
        @Default("3") double whiteningBiasEpochs,
        @Default("none") Average average,
        double labelSmoothing,
        @Default("1") int views) {
    /** Kinds of models, each of which has a recipe: what is unset where a run has another kind than its preset. */
    public enum Model {
        CNN,
        RESNET9,
        AIRBENCH;

        /** As settings write it. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How the parameters are updated. */
    public enum OptimizerKind {
        /** AdamW, with the cosine one-cycle schedule. */
        ADAMW,
        /** SGD with Nesterov momentum, with the triangular schedule. */
        SGD
    }

    /** What the model's parameters are, in the end. */
    public enum Average {
        /** Those of the last step. */
        NONE,
        /** A moving average that takes their place every fifth step. */
        LOOKAHEAD
    }

    public TeacherSettings {
        channels = List.copyOf(channels);
        BigDecimal shortest = epochs.stripTrailingZeros();
        epochs = shortest.scale() < 0 ? shortest.setScale(0) : shortest;
        requireFields(model, channels, convsPerStage, dropout, width);
        spec(model, channels, convsPerStage, dropout, width, precision);
        RunSpec.requireTraining("teacher.", epochs.doubleValue(), images, batch, warmup, weightDecay);
        require(
                "teacher.",
                "learningRate",
                learningRate > 0 && learningRate <= 1000,
                "above 0, at most 1000",
                learningRate);
        require("teacher.", "startRate", startRate >= 0 && startRate <= 1, "from 0 to 1", startRate);
        require("teacher.", "endRate", endRate >= 0 && endRate <= 1, "from 0 to 1", endRate);
        require("teacher.", "momentum", momentum >= 0 && momentum < 1, "in [0, 1)", momentum);
        require("teacher.", "biasScale", biasScale > 0 && biasScale <= 1000, "above 0, at most 1000", biasScale);
        require(
                "teacher.",
                "whiteningBiasEpochs",
                whiteningBiasEpochs >= 0 && whiteningBiasEpochs <= 10_000,
                "from 0 to 10000",
                whiteningBiasEpochs);
        require("teacher.", "views", Views.COUNTS.contains(views), "1, 2 or 6", views);
        require("teacher.", "labelSmoothing", labelSmoothing >= 0 && labelSmoothing < 1, "in [0, 1)", labelSmoothing);
    }

    /** A value of a setting that the model does not have is a mistake: it would change nothing. */
    private static void requireFields(
            Model model, List<Integer> channels, int convsPerStage, double dropout, int width) {
        if (model == Model.CNN) {
            require("teacher.", "width", width == 0, "0 for cnn, which has teacher.channels", width);
            return;
        }
        String others = " for " + model.word() + ", which has teacher.width";
        if (!channels.isEmpty()) {
            throw new InputException(Problem.ofValue("teacher.", "channels", "empty" + others, channels));
        }
        require("teacher.", "convsPerStage", convsPerStage == 0, "0" + others, convsPerStage);
        require("teacher.", "dropout", dropout == 0, "0" + others, dropout);
    }

    /** Settings that neither the optimizer nor the model uses, and that are not as they are by default: {@code teacher.KEY=VALUE}. */
    public List<String> unused() {
        Map<String, Object> changed = new LinkedHashMap<>();
        if (optimizer != OptimizerKind.SGD) {
            put(
                    changed,
                    "rateUnit",
                    rateUnit != Nesterov.RateUnit.STEP,
                    rateUnit.name().toLowerCase(Locale.ROOT));
            put(changed, "startRate", startRate != 0, startRate);
            put(changed, "endRate", endRate != 0, endRate);
            put(changed, "momentum", momentum != 0.9, momentum);
        }
        if (optimizer != OptimizerKind.SGD || model != Model.AIRBENCH) {
            put(changed, "biasScale", biasScale != 1, biasScale);
            put(changed, "whiteningBiasEpochs", whiteningBiasEpochs != 3, whiteningBiasEpochs);
        }
        return changed.entrySet().stream()
                .map(setting -> "teacher." + setting.getKey() + "=" + setting.getValue())
                .toList();
    }

    private static void put(Map<String, Object> settings, String key, boolean changed, Object value) {
        if (changed) {
            settings.put(key, value);
        }
    }

    /** The model alone. */
    public TeacherSpec spec() {
        return spec(model, channels, convsPerStage, dropout, width, precision);
    }

    private static TeacherSpec spec(
            Model model, List<Integer> channels, int convsPerStage, double dropout, int width, Precision precision) {
        return switch (model) {
            case CNN -> new CnnSpec(channels, convsPerStage, dropout, precision);
            case RESNET9 -> new ResNet9Spec(width, precision);
            case AIRBENCH -> new AirbenchSpec(width, precision);
        };
    }
}
