/**
 * The CUDA backend: kernels as PTX through the driver API. The only package that names JCuda.
 *
 * <p>One primary context and one non-blocking stream per backend; all work of a backend is ordered on that stream, and a
 * backend belongs to the thread that uses it. Every status of the driver is checked in {@code Driver}, which names the
 * call and its arguments.
 */
@NullMarked
package io.mambapkd.ops.cuda;

import org.jspecify.annotations.NullMarked;
