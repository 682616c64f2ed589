package io.mambapkd.data;

/** How the images lie in their files. */
public enum Orientation {
    NORMAL,
    /** Rows and columns have changed places; they are put back when the file is read. */
    TRANSPOSED
}
