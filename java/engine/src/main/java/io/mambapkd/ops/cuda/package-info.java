/**
 * The CUDA backend: kernels as PTX through the driver API. In the product only its rooms name JCuda.
 *
 * <p>One primary context and one non-blocking stream per backend; all work of a backend is ordered on that stream, and a
 * backend belongs to the thread that uses it. Every status of the driver is checked in {@code CudaStatus}, which names the
 * call and its arguments, and says whether the machine or this program has to be mended.
 *
 * <p>The rooms, from below: {@code options}, {@code failures}, {@code natives}, {@code ptx}, {@code driver}, {@code kernels}, {@code libraries}, {@code checkup}; the backend alone stands here.
 */
@NullMarked
package io.mambapkd.ops.cuda;

import org.jspecify.annotations.NullMarked;
