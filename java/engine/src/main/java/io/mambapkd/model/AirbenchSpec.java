package io.mambapkd.model;

import io.mambapkd.Problem;
import io.mambapkd.nn.Precision;
import io.mambapkd.nn.WhiteningConv;
import io.mambapkd.tensor.ImageShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The network of airbench94, Jordan (arXiv 2404.00498): a whitening 2x2 convolution with fixed kernels and a learned bias, GELU; three groups of conv3x3, 2x2 max pool, batch
 * norm, GELU, conv3x3, batch norm, GELU; maximum over the image, which is 3x3 there; linear without bias; logits times 1/9. Convolutions have no bias, and norms a fixed scale
 * of 1. The groups have w, 4w and 4w channels.
 *
 * @param width w; 64 in the paper, where it takes 236 million FLOPs on 32x32x3 with 10 classes
 * @param precision of what comes before the maximum over the image
 */
public record AirbenchSpec(int width, Precision precision) implements TeacherSpec {
    /** What the logits are multiplied by. */
    static final double SCALE = 1.0 / 9;

    private static final int SMALLEST_SIDE = 9;
    private static final int WIDEST = 4;

    public AirbenchSpec {
        TeacherSpec.requireWidth("airbench", width, WIDEST);
    }

    /** Channels of the groups. */
    List<Integer> groups() {
        return List.of(width, 4 * width, 4 * width);
    }

    @Override
    public AirbenchSpec withPrecision(Precision other) {
        return new AirbenchSpec(width, other);
    }

    @Override
    public List<Convolution> convolutions(ImageShape image) {
        List<Convolution> all = new ArrayList<>();
        int filters = WhiteningConv.filters(image.channels());
        int height = image.height() - WhiteningConv.SIDE + 1;
        int columns = image.width() - WhiteningConv.SIDE + 1;
        all.add(new Convolution("whitening", height, columns, image.channels(), filters, WhiteningConv.SIDE));
        int inputs = filters;
        for (int group = 0; group < groups().size(); group++) {
            int outputs = groups().get(group);
            String name = "group " + (group + 1) + " conv ";
            all.add(new Convolution(name + 1, height >> group, columns >> group, inputs, outputs, 3));
            all.add(new Convolution(name + 2, height >> group + 1, columns >> group + 1, outputs, outputs, 3));
            inputs = outputs;
        }
        return all;
    }

    @Override
    public Optional<Problem> misfit(ImageShape image) {
        return TeacherSpec.tooSmall("airbench", SMALLEST_SIDE, image);
    }
}
