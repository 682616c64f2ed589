/**
 * Tensors in safetensors files: the format, and the checkpoint of a model.
 *
 * <p>Bytes and tensors only; where files lie is the business of {@code storage}, what a model is that of {@code model}.
 */
@NullMarked
package io.mambapkd.checkpoint;

import org.jspecify.annotations.NullMarked;
