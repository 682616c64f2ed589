/** Several operations in one kernel: the launchers of {@link io.mambapkd.ops.BlockOps} and its like, and which extents each kernel takes. */
@NullMarked
package io.mambapkd.ops.cuda.fused;

import org.jspecify.annotations.NullMarked;
