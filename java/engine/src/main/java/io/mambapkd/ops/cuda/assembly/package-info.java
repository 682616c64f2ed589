/** The gradients of a training step, from the partial rows of all operations at once: {@link io.mambapkd.ops.GradientAssembly} on the device. */
@NullMarked
package io.mambapkd.ops.cuda.assembly;

import org.jspecify.annotations.NullMarked;
