/** Every operation that the kernels are made for, at the sizes that matter: what it moves and computes, whether it is right, how long it takes. */
@NullMarked
package io.mambapkd.bench.kernels;

import org.jspecify.annotations.NullMarked;
