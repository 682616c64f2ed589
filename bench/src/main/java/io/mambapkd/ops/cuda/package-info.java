/** Launchers of the kernels in {@code bench/kernels}, for the CUDA backend of the same package. */
@NullMarked
package io.mambapkd.ops.cuda;

import org.jspecify.annotations.NullMarked;
