package io.mambapkd.model;

import io.mambapkd.nn.PositionEmbedding;
import io.mambapkd.ops.PatchOps.Cut;
import io.mambapkd.tensor.ImageShape;
import java.util.Optional;

/**
 * How an image becomes the tokens of a student.
 *
 * @param stem convolutions before the cut
 * @param cut what a token is made of: rows, columns, or patches of what the stem makes of the image
 * @param size rows, columns, or side of a patch, in pixels behind the stem; an image that it does not divide is continued with zeros below and at its right
 * @param positions what is learned for the places of tokens
 * @param order in which blocks read the tokens
 */
public record Tokenizer(StemSpec stem, Cut cut, int size, PositionEmbedding.Kind positions, TokenOrder order) {
    /**
     * The tokens of an image as a grid, row by row.
     *
     * @param rows 1 where a token is a part of the image from border to border
     * @param columns tokens of a row
     */
    public record Grid(int rows, int columns) {
        public int tokens() {
            return rows * columns;
        }
    }

    /** Without a stem; a position for each token, read row by row. */
    public Tokenizer(Cut cut, int size) {
        this(StemSpec.NONE, cut, size, PositionEmbedding.Kind.TOKEN, TokenOrder.ROW);
    }

    /** What is cut: the image, or what the stem makes of it. */
    public ImageShape features(ImageShape image) {
        return stem.output(image);
    }

    public Grid grid(ImageShape image) {
        ImageShape features = features(image);
        int rows = up(features.height());
        int columns = up(features.width());
        return switch (cut) {
            case ROWS -> new Grid(1, rows);
            case COLUMNS -> new Grid(1, columns);
            case PATCHES -> new Grid(rows, columns);
        };
    }

    /** P, the number of values of a token. */
    public int elements(ImageShape image) {
        ImageShape features = features(image);
        return features.channels()
                * switch (cut) {
                    case ROWS -> size * features.width();
                    case COLUMNS -> size * features.height();
                    case PATCHES -> size * size;
                };
    }

    /** What {@link #features} is continued to with zeros, so that tokens divide it; nothing where they do. */
    public Optional<ImageShape> padded(ImageShape image) {
        ImageShape features = features(image);
        ImageShape padded = new ImageShape(
                cut == Cut.COLUMNS ? features.height() : size * up(features.height()),
                cut == Cut.ROWS ? features.width() : size * up(features.width()),
                features.channels());
        return Optional.of(padded).filter(shape -> !shape.equals(features));
    }

    /** Whether the tokens are what is cut, value for value in the same order, so that there is nothing to be done. */
    public boolean keepsOrder(ImageShape image) {
        return cut == Cut.ROWS && padded(image).isEmpty();
    }

    /** The largest {@link #size} that is no larger than what is cut. */
    public int largestSize(ImageShape image) {
        ImageShape features = features(image);
        return switch (cut) {
            case ROWS -> features.height();
            case COLUMNS -> features.width();
            case PATCHES -> Math.min(features.height(), features.width());
        };
    }

    private int up(int extent) {
        return (extent - 1) / size + 1;
    }
}
