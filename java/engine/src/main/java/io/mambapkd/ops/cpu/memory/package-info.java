/**
 * Host memory of tensors: arenas, views, and values read back.
 */
@NullMarked
package io.mambapkd.ops.cpu.memory;

import org.jspecify.annotations.NullMarked;
