/**
 * NVIDIA's libraries without a device, {@code mamba-pkd bench nvidia-check}: their symbols, and the engines that cuDNN offers.
 */
@NullMarked
package io.mambapkd.bench.nvidia;

import org.jspecify.annotations.NullMarked;
