/**
 * Kernels beside their bounds, {@code mamba-pkd bench kernels}: operations, their checks, and how launches are timed.
 */
@NullMarked
package io.mambapkd.bench.kernels;

import org.jspecify.annotations.NullMarked;
