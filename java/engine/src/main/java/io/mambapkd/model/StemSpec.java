package io.mambapkd.model;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.tensor.ImageShape;
import java.util.ArrayList;
import java.util.List;

/**
 * Convolutions between an image and its tokens: 3x3 with a border of one zero and no bias, batch norm, SiLU. Such a stem in place of large patches is that of Xiao and others
 * (arXiv 2106.14881).
 *
 * @param channels of each convolution; none for no stem
 * @param strides of each convolution, as many as channels
 */
public record StemSpec(List<Integer> channels, List<Integer> strides) {
    /** Images are cut into tokens as they are. */
    public static final StemSpec NONE = new StemSpec(List.of(), List.of());

    /** Rows and columns of the kernels. */
    public static final int KERNEL = 3;

    private static final int MOST = 6;
    private static final int MOST_CHANNELS = 4096;
    private static final int LARGEST_STRIDE = 4;
    private static final int USUAL_STRIDE = 2;

    /**
     * A convolution.
     *
     * @param input of it, for one image
     * @param output of it, for one image
     * @param stride from one output to the next
     */
    public record Convolution(ImageShape input, ImageShape output, int stride) {
        /** Multiply-adds counted twice, those with the border's zeros too. */
        public long flops() {
            return 2L * output.elements() * input.channels() * KERNEL * KERNEL;
        }
    }

    public StemSpec {
        channels = List.copyOf(channels);
        strides = List.copyOf(strides);
    }

    /**
     * Of settings that may leave the strides out: they are 2 then.
     *
     * @param student whose stem it is, for errors
     * @throws InputException if there are too many convolutions, a value is out of range, or the two lists differ in length
     */
    public static StemSpec of(String student, List<Integer> channels, List<Integer> strides) {
        List<Integer> all =
                strides.isEmpty() ? channels.stream().map(c -> USUAL_STRIDE).toList() : strides;
        require(student, "stem", channels.size() <= MOST, "at most " + MOST + " convolutions", channels);
        require(
                student,
                "stem",
                channels.stream().allMatch(c -> c >= 1 && c <= MOST_CHANNELS),
                "channels from 1 to " + MOST_CHANNELS,
                channels);
        require(
                student,
                "stemStrides",
                all.size() == channels.size(),
                "one stride for each of the " + channels.size() + " convolutions of stem, or none",
                strides);
        require(
                student,
                "stemStrides",
                all.stream().allMatch(s -> s >= 1 && s <= LARGEST_STRIDE),
                "strides from 1 to " + LARGEST_STRIDE,
                strides);
        return new StemSpec(channels, all);
    }

    private static void require(String student, String key, boolean holds, String expected, List<Integer> got) {
        if (!holds) {
            throw new InputException(Problem.ofValue("student " + student + ": ", key, expected, got));
        }
    }

    /** In the order of computation. */
    public List<Convolution> convolutions(ImageShape image) {
        List<Convolution> convolutions = new ArrayList<>();
        ImageShape input = image;
        for (int i = 0; i < channels.size(); i++) {
            int stride = strides.get(i);
            ImageShape output =
                    new ImageShape(down(input.height(), stride), down(input.width(), stride), channels.get(i));
            convolutions.add(new Convolution(input, output, stride));
            input = output;
        }
        return convolutions;
    }

    /** What is cut into tokens. */
    public ImageShape output(ImageShape image) {
        List<Convolution> all = convolutions(image);
        return all.isEmpty() ? image : all.get(all.size() - 1).output();
    }

    /** Extent behind a convolution: the border makes up for the kernel, so that it is rounded up. */
    private static int down(int extent, int stride) {
        return (extent - 1) / stride + 1;
    }
}
