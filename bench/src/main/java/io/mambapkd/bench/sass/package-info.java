/**
 * Machine code of kernels, counted: what NVIDIA's disassembler writes, its loops, their instructions by the unit that runs them, and the table of counts
 * with its limits. Needs no GPU; only counting anew needs ptxas and nvdisasm.
 */
@NullMarked
package io.mambapkd.bench.sass;

import org.jspecify.annotations.NullMarked;
