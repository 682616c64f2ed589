package io.mambapkd.model;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.nn.MixerSpec;
import io.mambapkd.nn.Precision;
import io.mambapkd.ops.PatchOps.Cut;
import io.mambapkd.tensor.ImageShape;
import java.util.Optional;

/**
 * A student: tokens -> linear with bias -> learned positions -> Mamba blocks -> RMSNorm -> read-out -> linear.
 *
 * @param name shown in reports and used in file names
 * @param cut how an image becomes tokens
 * @param tokenSize rows, columns, or side of a patch, in pixels
 * @param modelWidth M (d_model)
 * @param blocks number of Mamba blocks, at least 1
 * @param stateSize N (d_state)
 * @param convWidth W (d_conv)
 * @param expand D = expand * M (d_inner)
 * @param readOut what the last linear layer sees
 * @param mixer what mixes the tokens inside a block
 * @param direction one scan, or two with shared projections
 * @param precision of the blocks; what is before and behind them, and the residuals between them, are F32 in both
 */
public record StudentSpec(
        String name,
        Cut cut,
        int tokenSize,
        int modelWidth,
        int blocks,
        int stateSize,
        int convWidth,
        int expand,
        ReadOut readOut,
        MixerSpec.Kind mixer,
        MixerSpec.Direction direction,
        Precision precision) {

    /** What the last linear layer sees. */
    public enum ReadOut {
        /** All tokens, concatenated: L*M values. */
        FLAT,
        /** Their mean: M values. */
        MEAN
    }

    public StudentSpec {
        if (!name.matches("[A-Za-z0-9._-]{1,64}")) {
            throw new InputException(Problem.ofValue(
                    "a student's ", "name", "1 to 64 letters, digits, dots, dashes or underscores", "'" + name + "'"));
        }
        require(name, "tokenSize", tokenSize, 1, 4096);
        require(name, "modelWidth", modelWidth, 1, 4096);
        require(name, "blocks", blocks, 1, 64);
        require(name, "stateSize", stateSize, 1, 256);
        require(name, "convWidth", convWidth, 1, 16);
        require(name, "expand", expand, 1, 8);
    }

    /** In {@link Precision#F32}. */
    public StudentSpec(
            String name,
            Cut cut,
            int tokenSize,
            int modelWidth,
            int blocks,
            int stateSize,
            int convWidth,
            int expand,
            ReadOut readOut,
            MixerSpec.Kind mixer,
            MixerSpec.Direction direction) {
        this(
                name,
                cut,
                tokenSize,
                modelWidth,
                blocks,
                stateSize,
                convWidth,
                expand,
                readOut,
                mixer,
                direction,
                Precision.F32);
    }

    /** D (d_inner). */
    public int innerWidth() {
        return expand * modelWidth;
    }

    /** R (dt_rank): ceil(M / 16), the reference's "auto". */
    public int dtRank() {
        return (modelWidth + 15) / 16;
    }

    /** Why the tokens do not fit the image, or nothing. */
    public Optional<String> misfit(ImageShape image) {
        return divides(tokenSize, image)
                ? Optional.empty()
                : Optional.of("student " + name + ": tokens of " + tokenSize + " "
                        + cut.name().toLowerCase(java.util.Locale.ROOT) + " do not divide images of " + image);
    }

    /** The largest size of tokens that fits the image and is not above {@link #tokenSize}. */
    public int fittingTokenSize(ImageShape image) {
        int size = Math.min(tokenSize, Math.max(image.height(), image.width()));
        while (!divides(size, image)) {
            size--;
        }
        return size;
    }

    private boolean divides(int size, ImageShape image) {
        return switch (cut) {
            case ROWS -> image.height() % size == 0;
            case COLUMNS -> image.width() % size == 0;
            case PATCHES -> image.height() % size == 0 && image.width() % size == 0;
        };
    }

    /**
     * L, the number of tokens of an image.
     *
     * @throws InputException if the tokens do not fit the image
     */
    public int tokens(ImageShape image) {
        misfit(image).ifPresent(text -> {
            throw new InputException(
                    new Problem(text, "choose a tokenSize that does, such as " + fittingTokenSize(image)));
        });
        int height = image.height();
        int width = image.width();
        return switch (cut) {
            case ROWS -> height / tokenSize;
            case COLUMNS -> width / tokenSize;
            case PATCHES -> (height / tokenSize) * (width / tokenSize);
        };
    }

    /** P, the number of values of a token. */
    public int tokenElements(ImageShape image) {
        return image.elements() / tokens(image);
    }

    /** The same student with another mixer. */
    public StudentSpec with(MixerSpec.Kind other) {
        return with(other, precision);
    }

    /** The same student in another precision. */
    public StudentSpec with(Precision other) {
        return with(mixer, other);
    }

    private StudentSpec with(MixerSpec.Kind otherMixer, Precision otherPrecision) {
        return new StudentSpec(
                name,
                cut,
                tokenSize,
                modelWidth,
                blocks,
                stateSize,
                convWidth,
                expand,
                readOut,
                otherMixer,
                direction,
                otherPrecision);
    }

    private static void require(String student, String key, int value, int low, int high) {
        if (value < low || value > high) {
            throw new InputException(
                    Problem.ofValue("student " + student + ": ", key, "from " + low + " to " + high, value));
        }
    }
}
