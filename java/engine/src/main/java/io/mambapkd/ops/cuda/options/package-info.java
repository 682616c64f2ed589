/**
 * What others say to the CUDA backend: its options.
 *
 * <p>With {@code CudaBackend}, {@code checkup} and {@code failures} all that is seen of CUDA from outside.
 */
@NullMarked
package io.mambapkd.ops.cuda.options;

import org.jspecify.annotations.NullMarked;
