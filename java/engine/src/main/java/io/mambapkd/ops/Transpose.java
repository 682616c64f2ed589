package io.mambapkd.ops;

/** How a matrix enters a product. */
public enum Transpose {
    NO,
    YES
}
