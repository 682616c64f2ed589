/**
 * Shapes, element types, and named regions of memory with a lifetime. Nothing here computes.
 *
 * <p>{@link io.mambapkd.tensor.Arena} plans and owns, {@link io.mambapkd.tensor.Tensor} names a region of it.
 */
@NullMarked
package io.mambapkd.tensor;

import org.jspecify.annotations.NullMarked;
