package io.mambapkd.data.folder;

/** What is done where images cannot be read. */
public enum BadImages {
    /** The folder is refused. */
    REFUSE,
    /** They are left out, and a note tells how many. */
    SKIP
}
