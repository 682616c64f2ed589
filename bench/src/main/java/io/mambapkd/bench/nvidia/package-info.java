/** Checks of NVIDIA's library files that need no device: exported symbols, and the engines that cuDNN has for the convolutions of the presets. */
@NullMarked
package io.mambapkd.bench.nvidia;

import org.jspecify.annotations.NullMarked;
