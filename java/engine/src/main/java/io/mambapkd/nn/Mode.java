package io.mambapkd.nn;

/** Whether batch statistics and dropout are active. */
public enum Mode {
    TRAINING,
    INFERENCE
}
