package io.mambapkd.data;

/** Which of the training images are the validation images. */
public enum SplitKind {
    /** {@link #LAST} for {@code mnist}, whose published results use it; {@link #STRATIFIED} for every other data set. */
    AUTO,
    /** The last ones of the file. */
    LAST,
    /** Drawn at random, from each class in proportion to its images. The draw is the same in every run. */
    STRATIFIED
}
