/**
 * What operations and training steps should take on a device, calculated from counted instructions, bytes and launches, {@code mamba-pkd bench model}: needs
 * no GPU.
 */
@NullMarked
package io.mambapkd.bench.model;

import org.jspecify.annotations.NullMarked;
