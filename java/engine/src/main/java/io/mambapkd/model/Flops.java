package io.mambapkd.model;

import io.mambapkd.model.StudentSpec.ReadOut;
import io.mambapkd.model.StudentSpec.Reuse;
import io.mambapkd.nn.mamba.MixerSpec;
import io.mambapkd.tensor.ImageShape;
import java.util.ArrayList;
import java.util.List;

/**
 * Floating-point operations of one forward pass over one image, counted from the specs, layer by layer. No tensor is made.
 *
 * <p>The convention (letters as everywhere: L tokens of P values, M model width, D inner width, N state size, R dt rank, W conv width, K classes):
 *
 * <ul>
 *   <li>a multiply-accumulate of a linear layer or a convolution counts 2; the zeros of a padding count like pixels;
 *   <li>a selective scan counts {@code 9 L D N}: discretising A and B, updating the state, and reading it with C;
 *   <li>elementwise work, for each element of each token: a bias 1 (the one of dt too), position 1, RMSNorm 4, SiLU 5, softplus 3, D skip 2
 *       (multiply, add), gate 1 (and its SiLU 5), residual 1;
 *   <li>a convolution of a stem counts its bias too, which its batch norm leaves when it is folded;
 *   <li>reshaping, the choice and the order of tokens, and normalising pixels count nothing; the zeros that continue an image to whole tokens count like pixels;
 *   <li>the teacher counts its convolutions and its linear layer alone: batch norm folds into the convolution, and activations, pooling, residual sums and
 *       the last bias are left out. That makes every ratio of a student to the teacher look larger, never smaller.
 * </ul>
 *
 * <p>Where a student departs from the plain block: without a scan ({@link Mixer#CONV}, {@link Mixer#NONE}) there is no x_proj, no dt_proj, no softplus,
 * and the skip multiplies only (1). {@link Mixer#NONE} has no convolution either. {@link Direction#BIDIRECTIONAL} adds a second scan with its own D
 * skip, and 1 for each element of the sum of the two; it changes nothing where there is no scan. {@link ReadOut#MEAN} adds 1 for each of the L*M values
 * averaged, and its last linear layer sees M values, not L*M. {@link Reuse#LOGITS} adds a product of a K by K matrix, and 1 for each of the K logits
 * that it is added to.
 *
 * @param layers in the order of computation
 */
public record Flops(List<Line> layers) {
    private static final int SCAN = 9;
    private static final int RMS_NORM = 4;
    private static final int SILU = 5;
    private static final int SOFTPLUS = 3;
    private static final String BLOCK = "block ";

    /**
     * One layer.
     *
     * @param layer its name
     * @param output shape of what it makes of one image, such as {@code 7x16}
     * @param multiplyAccumulates of linear layers and convolutions, each counted twice
     * @param scan of selective scans
     * @param elementwise the rest
     */
    public record Line(String layer, String output, long multiplyAccumulates, long scan, long elementwise) {
        public long total() {
            return multiplyAccumulates + scan + elementwise;
        }
    }

    public Flops {
        layers = List.copyOf(layers);
    }

    /** Multiply-accumulates, each counted twice. */
    public long multiplyAccumulates() {
        return layers.stream().mapToLong(Line::multiplyAccumulates).sum();
    }

    public long scan() {
        return layers.stream().mapToLong(Line::scan).sum();
    }

    public long elementwise() {
        return layers.stream().mapToLong(Line::elementwise).sum();
    }

    public long total() {
        return layers.stream().mapToLong(Line::total).sum();
    }

    /** Those of a student's blocks, their norms and residuals included. */
    public long blocks() {
        return layers.stream()
                .filter(line -> line.layer().startsWith(BLOCK))
                .mapToLong(Line::total)
                .sum();
    }

    /**
     * The teacher on one image.
     *
     * @throws io.mambapkd.InputException if the images are too small for it
     */
    public static Flops teacher(TeacherSpec spec, ImageShape image, int classes) {
        spec.requireFit(image);
        List<TeacherSpec.Convolution> convolutions = spec.convolutions(image);
        List<Line> lines = new ArrayList<>();
        for (TeacherSpec.Convolution conv : convolutions) {
            lines.add(products(conv.name(), conv.output(), conv.flops()));
        }
        long features = convolutions.get(convolutions.size() - 1).outputs();
        lines.add(products("head", Integer.toString(classes), 2 * features * classes));
        return new Flops(lines);
    }

    /** A student on one image. */
    public static Flops student(StudentSpec spec, ImageShape image, int classes) {
        long tokens = spec.tokens(image);
        long width = spec.modelWidth();
        String sequence = tokens + "x" + width;
        List<Line> lines = new ArrayList<>();
        stem(lines, spec.tokenizer().stem(), image);
        spec.tokenizer().padded(image).ifPresent(padded -> lines.add(pointwise("padding", padded.toString(), 0)));
        lines.add(linear("embed", tokens, spec.tokenElements(image), width, tokens * width));
        lines.add(pointwise("position", sequence, tokens * width));
        for (int block = 0; block < spec.blocks(); block++) {
            block(lines, BLOCK + (block + 1) + " ", spec, tokens);
        }
        lines.add(pointwise("norm", sequence, RMS_NORM * tokens * width));
        if (spec.readOut() == ReadOut.MEAN) {
            lines.add(pointwise("mean", Long.toString(width), tokens * width));
        }
        long features = spec.readOut() == ReadOut.MEAN ? width : tokens * width;
        lines.add(new Line("head", Integer.toString(classes), 2 * features * classes, 0, classes));
        if (spec.reuse() == Reuse.LOGITS) {
            lines.add(new Line("reuse", Integer.toString(classes), 2L * classes * classes, 0, classes));
        }
        return new Flops(lines);
    }

    /** All students together on one image. */
    public static long group(List<StudentSpec> students, ImageShape image, int classes) {
        return students.stream()
                .mapToLong(student -> student(student, image, classes).total())
                .sum();
    }

    private static void stem(List<Line> lines, StemSpec stem, ImageShape image) {
        for (StemSpec.Convolution conv : stem.convolutions(image)) {
            String prefix = "stem " + (lines.size() / 2 + 1) + " ";
            String output = conv.output().toString();
            lines.add(new Line(
                    prefix + "conv", output, conv.flops(), 0, conv.output().elements()));
            lines.add(pointwise(
                    prefix + "silu", output, (long) SILU * conv.output().elements()));
        }
    }

    private static void block(List<Line> lines, String prefix, StudentSpec spec, long tokens) {
        long width = spec.modelWidth();
        long inner = spec.innerWidth();
        long state = spec.stateSize();
        long rank = spec.dtRank();
        String outer = tokens + "x" + width;
        String sequence = tokens + "x" + inner;
        lines.add(pointwise(prefix + "norm", outer, RMS_NORM * tokens * width));
        lines.add(linear(prefix + "in_proj", tokens, width, 2 * inner, 0));
        if (spec.mixer() != MixerSpec.Kind.NONE) {
            long bias = tokens * inner;
            lines.add(new Line(prefix + "conv1d", sequence, 2 * tokens * inner * spec.convWidth(), 0, bias));
        }
        lines.add(pointwise(prefix + "silu", sequence, SILU * tokens * inner));
        if (spec.mixer() == MixerSpec.Kind.SCAN) {
            lines.add(linear(prefix + "x_proj", tokens, inner, rank + 2 * state, 0));
            lines.add(linear(prefix + "dt_proj", tokens, rank, inner, tokens * inner));
            lines.add(pointwise(prefix + "softplus", sequence, SOFTPLUS * tokens * inner));
            lines.add(scan(prefix + "scan", spec, tokens));
        } else {
            lines.add(pointwise(prefix + "skip", sequence, tokens * inner));
        }
        lines.add(pointwise(prefix + "gate", sequence, (SILU + 1) * tokens * inner));
        lines.add(linear(prefix + "out_proj", tokens, inner, width, 0));
        lines.add(pointwise(prefix + "residual", outer, tokens * width));
    }

    /** Scans and what joins their results: a D skip each, and the sum of two. */
    private static Line scan(String layer, StudentSpec spec, long tokens) {
        long elements = tokens * spec.innerWidth();
        long once = SCAN * elements * spec.stateSize();
        String output = tokens + "x" + spec.innerWidth();
        return switch (spec.direction()) {
            case FORWARD -> new Line(layer, output, 0, once, 2 * elements);
            case BIDIRECTIONAL -> new Line(layer, output, 0, 2 * once, 5 * elements);
        };
    }

    private static Line linear(String layer, long tokens, long in, long out, long elementwise) {
        return new Line(layer, tokens + "x" + out, 2 * tokens * in * out, 0, elementwise);
    }

    private static Line products(String layer, String output, long multiplyAccumulates) {
        return new Line(layer, output, multiplyAccumulates, 0, 0);
    }

    private static Line pointwise(String layer, String output, long elementwise) {
        return new Line(layer, output, 0, 0, elementwise);
    }
}
