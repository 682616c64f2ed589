/** Files that survive: safetensors, and one durable writer for everything that a run leaves behind. */
@NullMarked
package io.mambapkd.checkpoint;

import org.jspecify.annotations.NullMarked;
