package io.mambapkd.model;

/**
 * The order in which the blocks of a student read a grid of tokens. A selective scan sees what comes before a token and not what comes after it, so that on an image the order
 * decides what a token can know. Liu and others (arXiv 2401.10166) scan in four orders at once; here each block has one, which costs nothing. Where tokens are rows or
 * columns of the image, a grid has one row, and column by column is the same as row by row.
 */
public enum TokenOrder {
    /** Row by row. */
    ROW,
    /** Column by column. */
    COLUMN,
    /** Row by row, from the last token to the first. */
    REVERSED_ROW,
    /** Column by column, from the last token to the first. */
    REVERSED_COLUMN,
    /** Another one in each block: row, reversed column, reversed row, column, and so on. */
    ALTERNATING;

    /**
     * One order.
     *
     * @param byColumns column by column
     * @param reversed from the last token to the first
     */
    public record Reading(boolean byColumns, boolean reversed) {
        /** The order in which tokens are cut. */
        static final Reading ROW = new Reading(false, false);
    }

    /** @param block from 0 */
    Reading of(int block) {
        return switch (this) {
            case ROW -> Reading.ROW;
            case COLUMN -> new Reading(true, false);
            case REVERSED_ROW -> new Reading(false, true);
            case REVERSED_COLUMN -> new Reading(true, true);
            case ALTERNATING -> new Reading(block % 2 == 1, block % 4 == 1 || block % 4 == 2);
        };
    }
}
