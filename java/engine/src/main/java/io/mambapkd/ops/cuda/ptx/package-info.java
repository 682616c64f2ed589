/**
 * PTX as text: families, entries, their parameters, and kernels with the types of their arguments.
 *
 * <p>It needs no device and no driver.
 */
@NullMarked
package io.mambapkd.ops.cuda.ptx;

import org.jspecify.annotations.NullMarked;
