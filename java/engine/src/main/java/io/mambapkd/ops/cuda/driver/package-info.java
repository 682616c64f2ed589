/**
 * The CUDA driver: device, context, memory, copies, events, graphs, modules, launches, and what the statuses of its calls mean.
 *
 * <p>It knows no operation. Kernels and libraries build on it; outside of {@code ops.cuda} only variants of kernels may.
 */
@NullMarked
package io.mambapkd.ops.cuda.driver;

import org.jspecify.annotations.NullMarked;
