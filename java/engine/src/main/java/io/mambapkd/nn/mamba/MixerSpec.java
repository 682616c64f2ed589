package io.mambapkd.nn.mamba;

import io.mambapkd.nn.Linear;

/**
 * Extents and options of a {@link MambaMixer}.
 *
 * @param innerWidth D (d_inner)
 * @param stateSize N (d_state)
 * @param dtRank R (dt_rank)
 * @param convWidth W (d_conv)
 * @param kind what mixes the tokens
 * @param direction one scan or two; without a scan it means nothing
 * @param projectionBias whether in_proj and out_proj have a bias
 * @param convBias whether conv1d has a bias
 */
public record MixerSpec(
        int innerWidth,
        int stateSize,
        int dtRank,
        int convWidth,
        Kind kind,
        Direction direction,
        Linear.Bias projectionBias,
        Linear.Bias convBias) {
    /** What mixes the tokens. */
    public enum Kind {
        /** Convolution and selective scan: the Mamba block. */
        SCAN,
        /** The convolution alone: y = D * u. */
        CONV,
        /** Nothing: y = D * silu(x). */
        NONE
    }

    /** Scans of a block. */
    public enum Direction {
        FORWARD,
        /** A second scan from the last token to the first; projections and convolution are shared, A and D are its own. */
        BIDIRECTIONAL
    }

    /** As the reference has it by default: no bias in the projections, one in the convolution. */
    public static MixerSpec standard(
            int innerWidth, int stateSize, int dtRank, int convWidth, Kind kind, Direction direction) {
        return new MixerSpec(
                innerWidth, stateSize, dtRank, convWidth, kind, direction, Linear.Bias.NO, Linear.Bias.YES);
    }

    boolean hasConv() {
        return kind != Kind.NONE;
    }

    boolean hasScan() {
        return kind == Kind.SCAN;
    }
}
