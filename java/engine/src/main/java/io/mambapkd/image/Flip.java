package io.mambapkd.image;

/** When images are mirrored, left for right. */
public enum Flip {
    NONE,
    /** Each image in each epoch with probability one half. */
    RANDOM,
    /** Each image in the first epoch with probability one half, afterwards exactly where the epoch before did not. */
    ALTERNATING
}
