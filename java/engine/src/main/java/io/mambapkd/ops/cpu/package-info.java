/**
 * The CPU backend: the specification of every operation, and what runs on a machine without a GPU.
 *
 * <p>Bitwise the same results for any number of threads and any JDK: work is divided by the size of the problem, never by the number
 * of threads; partial sums are added in the order of their index; no {@code Math} function with freedom in its last bit is
 * used. Only the BLAS may differ from one processor model to another.
 *
 * <p>The backend alone stands here; its rooms are {@code kernels} and, below, {@code memory}, {@code threads}, {@code math} and {@code blas}.
 */
@NullMarked
package io.mambapkd.ops.cpu;

import org.jspecify.annotations.NullMarked;
