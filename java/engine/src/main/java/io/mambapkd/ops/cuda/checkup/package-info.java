/**
 * What CUDA needs on a machine and whether it is there, found out in processes of their own.
 *
 * <p>What may end the process is tried here before the backend does it.
 */
@NullMarked
package io.mambapkd.ops.cuda.checkup;

import org.jspecify.annotations.NullMarked;
