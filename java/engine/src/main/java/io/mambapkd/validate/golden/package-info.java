/**
 * Reference vectors: inputs, outputs and gradients that published code computed in double precision, and whether a backend reproduces them.
 *
 * <p>{@link io.mambapkd.validate.golden.GoldenFolder} reads them, {@link io.mambapkd.validate.golden.GoldenRunners} knows how to run them.
 */
@NullMarked
package io.mambapkd.validate.golden;

import org.jspecify.annotations.NullMarked;
