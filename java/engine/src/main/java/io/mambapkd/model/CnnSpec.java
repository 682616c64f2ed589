package io.mambapkd.model;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.nn.Precision;
import io.mambapkd.tensor.ImageShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A plain convolutional classifier: stages of [conv3x3 without bias, batch norm, ReLU] repeated, a 2x2 max pool between stages, global average
 * pool, dropout, linear.
 *
 * @param channels channels of each stage
 * @param convsPerStage convolutions per stage
 * @param dropout rate before the last layer, in [0, 1)
 * @param precision of the stages; what follows the average pool is F32 in both
 */
public record CnnSpec(List<Integer> channels, int convsPerStage, double dropout, Precision precision)
        implements TeacherSpec {
    public CnnSpec {
        channels = List.copyOf(channels);
        if (channels.isEmpty() || channels.stream().anyMatch(c -> c < 1 || c > MOST_CHANNELS)) {
            throw new InputException(new Problem(
                    "channels", "teacher.channels must list 1 or more extents from 1 to 4096, got " + channels, ""));
        }
        if (convsPerStage < 1 || convsPerStage > 16) {
            throw new InputException(Problem.ofValue("teacher.", "convsPerStage", "from 1 to 16", convsPerStage));
        }
        if (!(dropout >= 0 && dropout < 1)) {
            throw new InputException(Problem.ofValue("teacher.", "dropout", "in [0, 1)", dropout));
        }
    }

    /** In {@link Precision#F32}. */
    public CnnSpec(List<Integer> channels, int convsPerStage, double dropout) {
        this(channels, convsPerStage, dropout, Precision.F32);
    }

    /** The teacher of the MNIST runs: 72,666 parameters, 14,677,760 FLOPs on 28x28x1 and 10 classes. */
    public static final CnnSpec DEFAULT = new CnnSpec(List.of(16, 32, 64), 2, 0.2);

    @Override
    public CnnSpec withPrecision(Precision other) {
        return new CnnSpec(channels, convsPerStage, dropout, other);
    }

    @Override
    public List<Convolution> convolutions(ImageShape image) {
        List<Convolution> all = new ArrayList<>();
        int inputs = image.channels();
        for (int stage = 0; stage < channels.size(); stage++) {
            int outputs = channels.get(stage);
            for (int conv = 0; conv < convsPerStage; conv++) {
                String name = "stage " + (stage + 1) + " conv " + (conv + 1);
                all.add(new Convolution(name, image.height() >> stage, image.width() >> stage, inputs, outputs, 3));
                inputs = outputs;
            }
        }
        return all;
    }

    /** Stages that images of a size can have: each but the first halves rows and columns, and one of each must be left. */
    public static int mostStages(ImageShape image) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(Math.min(image.height(), image.width()));
    }

    @Override
    public Optional<Problem> misfit(ImageShape image) {
        int most = mostStages(image);
        if (channels.size() <= most) {
            return Optional.empty();
        }
        return Optional.of(new Problem(
                "a teacher of " + channels.size() + " stages halves its images "
                        + (channels.size() == 2 ? "once" : (channels.size() - 1) + " times") + ", but images of "
                        + image + " allow "
                        + (most == 1 ? "only 1 stage" : "at most " + most + " stages"),
                "teacher.channels=" + channels.subList(0, most).toString().replace(" ", "")));
    }
}
