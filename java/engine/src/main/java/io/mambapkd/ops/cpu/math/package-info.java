/**
 * Elementary functions and loops over floats, with the same bits on every JVM.
 */
@NullMarked
package io.mambapkd.ops.cpu.math;

import org.jspecify.annotations.NullMarked;
