/**
 * Training steps on one device, {@code mamba-pkd bench step}.
 */
@NullMarked
package io.mambapkd.bench.step;

import org.jspecify.annotations.NullMarked;
