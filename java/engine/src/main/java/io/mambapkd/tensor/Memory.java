package io.mambapkd.tensor;

/**
 * A block of elements of one type, as a backend sees it: heap arrays on the CPU, a device address on a GPU. Only the
 * backend that made it looks inside.
 */
public interface Memory {}
