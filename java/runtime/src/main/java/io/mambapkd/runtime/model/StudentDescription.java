package io.mambapkd.runtime.model;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The architecture of a student: stem, tokens, linear layer, positions, Mamba blocks, RMSNorm, read-out, linear layer.
 *
 * @param name of it
 * @param stem convolutions of 3x3, with batch norm and SiLU, that an image goes through first
 * @param cut what a token is made of
 * @param tokenSize rows, columns, or side of a patch
 * @param position what is learned for the places of tokens
 * @param order in which blocks read the tokens
 * @param modelWidth M (d_model)
 * @param blocks number of Mamba blocks
 * @param stateSize N (d_state)
 * @param convWidth W (d_conv)
 * @param expand D = expand * M (d_inner)
 * @param readOut what the last linear layer sees
 * @param mixer what mixes the tokens in a block
 * @param direction of scans
 * @param reuse what it reads beside the image
 */
public record StudentDescription(
        String name,
        List<Convolution> stem,
        Cut cut,
        int tokenSize,
        Position position,
        Order order,
        int modelWidth,
        int blocks,
        int stateSize,
        int convWidth,
        int expand,
        ReadOut readOut,
        Mixer mixer,
        Direction direction,
        Reuse reuse)
        implements Serializable {
    private static final Set<String> KEYS = Set.of(
            "name",
            "stem",
            "cut",
            "tokenSize",
            "position",
            "order",
            "modelWidth",
            "blocks",
            "stateSize",
            "convWidth",
            "expand",
            "readOut",
            "mixer",
            "direction",
            "reuse");
    private static final int LARGEST = 1 << 12;

    /** A convolution of a stem. */
    public record Convolution(int channels, int stride) implements Serializable {}

    /** Tokens are rows or columns of what is cut, or square patches of it. */
    public enum Cut {
        ROWS,
        COLUMNS,
        PATCHES
    }

    /** A vector for each token, or one for each row and each column of the grid of tokens. */
    public enum Position {
        TOKEN,
        GRID
    }

    /** How blocks read the grid of tokens; alternating: row, reversed column, reversed row, column, and so on. */
    public enum Order {
        ROW,
        COLUMN,
        REVERSED_ROW,
        REVERSED_COLUMN,
        ALTERNATING;

        boolean byColumns(int block) {
            return this == COLUMN || this == REVERSED_COLUMN || this == ALTERNATING && block % 2 == 1;
        }

        boolean reversed(int block) {
            return this == REVERSED_ROW
                    || this == REVERSED_COLUMN
                    || this == ALTERNATING && (block % 4 == 1 || block % 4 == 2);
        }
    }

    /** All tokens, or their mean. */
    public enum ReadOut {
        FLAT,
        MEAN
    }

    /** Convolution and selective scan, the convolution alone, or nothing. */
    public enum Mixer {
        SCAN,
        CONV,
        NONE
    }

    /** One scan, or a second one from the last token to the first. */
    public enum Direction {
        FORWARD,
        BIDIRECTIONAL
    }

    /** Nothing, or the logits of the students before it. */
    public enum Reuse {
        NONE,
        LOGITS
    }

    public StudentDescription {
        stem = List.copyOf(stem);
    }

    /** @throws InvalidModelException if something is missing, unknown or out of range */
    static StudentDescription of(JsonValue json) throws InvalidModelException {
        json.requireKeys(KEYS);
        List<Convolution> stem = new ArrayList<>();
        for (JsonValue convolution : json.get("stem").list()) {
            convolution.requireKeys(Set.of("channels", "stride"));
            stem.add(new Convolution(
                    convolution.get("channels").extent(LARGEST),
                    convolution.get("stride").extent(4)));
        }
        return new StudentDescription(
                json.get("name").string(),
                stem,
                json.get("cut").one(Cut.values()),
                json.get("tokenSize").extent(LARGEST),
                json.get("position").one(Position.values()),
                json.get("order").one(Order.values()),
                json.get("modelWidth").extent(LARGEST),
                json.get("blocks").extent(64),
                json.get("stateSize").extent(256),
                json.get("convWidth").extent(16),
                json.get("expand").extent(8),
                json.get("readOut").one(ReadOut.values()),
                json.get("mixer").one(Mixer.values()),
                json.get("direction").one(Direction.values()),
                json.get("reuse").one(Reuse.values()));
    }

    /** D (d_inner). */
    public int innerWidth() {
        return expand * modelWidth;
    }

    /** R (dt_rank). */
    public int dtRank() {
        return (modelWidth + 15) / 16;
    }

    /** The order of the tokens of a grid in a block, as their numbers row by row. */
    public int[] reading(int block, int rows, int columns) {
        int tokens = rows * columns;
        int[] reading = new int[tokens];
        for (int i = 0; i < tokens; i++) {
            int t = order.reversed(block) ? tokens - 1 - i : i;
            reading[i] = order.byColumns(block) ? t % rows * columns + t / rows : t;
        }
        return reading;
    }
}
