/** What the native libraries of the CPU have in common. */
@NullMarked
package io.mambapkd.ops.cpu.natives;

import org.jspecify.annotations.NullMarked;
