/** Convolutions by oneDNN, the library of processor vendors for neural networks, through its Maven artifact. */
@NullMarked
package io.mambapkd.ops.cpu.dnnl;

import org.jspecify.annotations.NullMarked;
