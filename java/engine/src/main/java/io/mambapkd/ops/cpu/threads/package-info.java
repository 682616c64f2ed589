/**
 * Workers of the CPU backend, how rows are split among them, and the scratch memory and partial sums of each.
 */
@NullMarked
package io.mambapkd.ops.cpu.threads;

import org.jspecify.annotations.NullMarked;
