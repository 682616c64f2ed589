/**
 * Matrix products on the CPU: OpenBLAS where it loads, else plain Java.
 */
@NullMarked
package io.mambapkd.ops.cpu.blas;

import org.jspecify.annotations.NullMarked;
