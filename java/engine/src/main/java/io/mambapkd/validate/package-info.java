/**
 * Whether one backend computes what another one does: every operation, forward and backward, and whole training steps, on random inputs.
 *
 * <p>{@link io.mambapkd.validate.Operations} lists what is compared, {@link io.mambapkd.validate.Validation} compares.
 */
@NullMarked
package io.mambapkd.validate;

import org.jspecify.annotations.NullMarked;
