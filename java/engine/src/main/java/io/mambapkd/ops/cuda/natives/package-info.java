/**
 * Native libraries: where those of NVIDIA and JCuda are, and how they are loaded.
 *
 * <p>Files and loading only; no call of a loaded library but those that ask for its version.
 */
@NullMarked
package io.mambapkd.ops.cuda.natives;

import org.jspecify.annotations.NullMarked;
