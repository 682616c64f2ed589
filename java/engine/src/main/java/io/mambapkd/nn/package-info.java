/**
 * Layers with explicit forward and backward passes: one static family of models, stable tensors, memory planned once.
 */
@NullMarked
package io.mambapkd.nn;

import org.jspecify.annotations.NullMarked;
