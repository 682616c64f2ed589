/**
 * The operations on the CPU, one class for each family and the loops that it needs.
 *
 * <p>Mathematics only: buffers come from {@code memory}, workers from {@code threads}, matrix products from {@code blas}.
 */
@NullMarked
package io.mambapkd.ops.cpu.kernels;

import org.jspecify.annotations.NullMarked;
