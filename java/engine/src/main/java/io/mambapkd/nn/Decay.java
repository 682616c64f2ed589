package io.mambapkd.nn;

/** Whether weight decay pulls a parameter towards zero. */
public enum Decay {
    YES,
    NO
}
