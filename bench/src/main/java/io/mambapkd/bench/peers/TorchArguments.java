package io.mambapkd.bench.peers;

import io.mambapkd.InputException;
import io.mambapkd.model.CnnSpec;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.model.Tokenizer;
import io.mambapkd.nn.Precision;
import io.mambapkd.nn.mamba.MixerSpec;
import io.mambapkd.ops.PatchOps.Cut;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.train.settings.GroupSettings;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.TeacherSettings;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** What {@code bench/peers/torch/step.py} must be told so that it does the step of a run. */
final class TorchArguments {
    /** What its models are made for. */
    private static final ImageShape IMAGE = new ImageShape(28, 28, 1);

    private static final int CLASSES = 10;
    private static final int CONV_WIDTH = 4;
    private static final int EXPAND = 2;

    private TorchArguments() {}

    /** Whether its models fit a data set. */
    static boolean fits(ImageShape image, int classes) {
        return image.equals(IMAGE) && classes == CLASSES;
    }

    /** The last student of a run that it has a model for, or none. */
    static OptionalInt student(RunSpec spec) {
        for (int i = spec.students().size() - 1; i >= 0; i--) {
            StudentSpec student = spec.models().get(i);
            boolean known = student.tokenizer()
                            .equals(new Tokenizer(Cut.ROWS, student.tokenizer().size()))
                    && student.readOut() == StudentSpec.ReadOut.FLAT
                    && student.mixer() == MixerSpec.Kind.SCAN
                    && student.direction() == MixerSpec.Direction.FORWARD
                    && student.reuse() == StudentSpec.Reuse.NONE
                    && student.convWidth() == CONV_WIDTH
                    && student.expand() == EXPAND;
            if (known) {
                return OptionalInt.of(i);
            }
        }
        return OptionalInt.empty();
    }

    static List<String> teacher(RunSpec spec) {
        TeacherSettings settings = spec.teacher();
        if (!(settings.spec() instanceof CnnSpec model)) {
            throw new InputException("the step in PyTorch has only the teacher cnn, got "
                    + settings.model().word() + "; use --set teacher.model=cnn");
        }
        return List.of(
                "--model=teacher",
                "--precision=" + name(settings.precision()),
                "--batch=" + settings.batch(),
                "--learning-rate=" + settings.learningRate(),
                "--weight-decay=" + settings.weightDecay(),
                "--channels=" + model.channels().stream().map(String::valueOf).collect(Collectors.joining(",")),
                "--convs-per-stage=" + model.convsPerStage(),
                "--dropout=" + model.dropout(),
                "--label-smoothing=" + settings.labelSmoothing());
    }

    /**
     * @param spec that names a precision for its students
     * @param index of the student in the run
     */
    static List<String> student(RunSpec spec, int index) {
        GroupSettings settings = spec.student();
        StudentSpec model = spec.models().get(index);
        boolean alone = index == 0 || settings.scheme().trainsAlone();
        double ensemble = alone ? 0 : settings.scheme().ensembleWeight(index + 1, settings.blend());
        double own = alone ? 1 : settings.scheme().studentWeight(index + 1, settings.blend());
        return List.of(
                "--model=student",
                "--precision=" + settings.precision().name().toLowerCase(Locale.ROOT),
                "--batch=" + spec.students().get(index).batch(settings),
                "--learning-rate=" + spec.students().get(index).learningRate(),
                "--weight-decay=" + settings.weightDecay(),
                "--rows-per-token=" + model.tokenizer().size(),
                "--width=" + model.modelWidth(),
                "--blocks=" + model.blocks(),
                "--state=" + model.stateSize(),
                "--alpha=" + settings.alpha(),
                "--temperature=" + settings.temperature(),
                "--ensemble-weight=" + ensemble,
                "--student-weight=" + own,
                "--clip=" + settings.clip());
    }

    static String name(Precision precision) {
        return precision.name().toLowerCase(Locale.ROOT);
    }
}
