package io.mambapkd.ops;

/** What an operation does to its output. */
public enum Write {
    OVERWRITE,
    ADD
}
