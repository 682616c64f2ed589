package io.mambapkd.ops;

/**
 * A way that a backend took because a library refused the usual one. Results are within the same tolerances.
 *
 * @param text a sentence without its full stop, which names the operation and its shape, the way, and what was refused
 * @param deterministic whether the same inputs give the same bits in every run
 */
public record Fallback(String text, boolean deterministic) {}
