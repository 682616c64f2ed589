package io.mambapkd.runtime.compute;

import io.mambapkd.runtime.model.StudentDescription;
import java.io.Serializable;
import java.util.Arrays;

/** Where the values of the tokens come from. An image that tokens do not divide is continued with zeros at its bottom and its right. */
final class TokenGrid implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final int NOTHING = -1;

    private final StudentDescription student;
    private final int rows;
    private final int columns;
    private final int elements;
    /** For each value of each token, in the order of the first block, its place in what is cut (H', W', C'). */
    private final int[] sources;

    private final boolean isIdentity;

    /** @param features H', W', C' of what is cut */
    TokenGrid(StudentDescription student, int[] features) {
        this.student = student;
        int size = student.tokenSize();
        int down = (features[0] - 1) / size + 1;
        int across = (features[1] - 1) / size + 1;
        int tokenHeight;
        int tokenWidth;
        switch (student.cut()) {
            case ROWS -> {
                rows = 1;
                columns = down;
                tokenHeight = size;
                tokenWidth = features[1];
            }
            case COLUMNS -> {
                rows = 1;
                columns = across;
                tokenHeight = features[0];
                tokenWidth = size;
            }
            default -> {
                rows = down;
                columns = across;
                tokenHeight = size;
                tokenWidth = size;
            }
        }
        elements = tokenHeight * tokenWidth * features[2];
        sources = sources(features, tokenHeight, tokenWidth);
        isIdentity = isIdentity(sources);
    }

    private static boolean isIdentity(int[] places) {
        for (int i = 0; i < places.length; i++) {
            if (places[i] != i) {
                return false;
            }
        }
        return true;
    }

    private int[] sources(int[] features, int tokenHeight, int tokenWidth) {
        boolean byColumns = student.cut() == StudentDescription.Cut.COLUMNS;
        int[] places = new int[rows * columns * elements];
        int at = 0;
        for (int token : reading(0)) {
            // Rows are one below the other, columns one beside the other, and both are a grid of one row.
            int below = switch (student.cut()) {
                case ROWS -> token;
                case COLUMNS -> 0;
                case PATCHES -> token / columns;
            };
            int beside = switch (student.cut()) {
                case ROWS -> 0;
                case COLUMNS -> token;
                case PATCHES -> token % columns;
            };
            for (int i = 0; i < elements; i++) {
                int pixel = i / features[2];
                int y = below * tokenHeight + (byColumns ? pixel % tokenHeight : pixel / tokenWidth);
                int x = beside * tokenWidth + (byColumns ? pixel / tokenHeight : pixel % tokenWidth);
                places[at++] = y < features[0] && x < features[1]
                        ? (y * features[1] + x) * features[2] + i % features[2]
                        : NOTHING;
            }
        }
        return places;
    }

    int rows() {
        return rows;
    }

    int columns() {
        return columns;
    }

    /** L. */
    int tokens() {
        return rows * columns;
    }

    /** P. */
    int elements() {
        return elements;
    }

    /** The tokens, by their numbers row by row, as a block reads them. */
    int[] reading(int block) {
        return student.reading(block, rows, columns);
    }

    /** The places of the tokens of a block among those of another; null where they are the same. */
    int[] change(int from, int to) {
        int[] before = reading(from);
        int[] after = reading(to);
        if (Arrays.equals(before, after)) {
            return null;
        }
        int[] places = new int[before.length];
        for (int i = 0; i < before.length; i++) {
            places[before[i]] = i;
        }
        for (int i = 0; i < after.length; i++) {
            after[i] = places[after[i]];
        }
        return after;
    }

    /**
     * Cuts an image, or what a stem has made of it.
     *
     * @param room for the tokens
     * @return the tokens: {@code room}, or {@code features} where they are the tokens as they are
     */
    float[] gather(float[] features, float[] room) {
        if (isIdentity) {
            return features;
        }
        for (int i = 0; i < sources.length; i++) {
            room[i] = sources[i] == NOTHING ? 0 : features[sources[i]];
        }
        return room;
    }
}
