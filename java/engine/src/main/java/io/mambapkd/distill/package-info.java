/** Progressive distillation: the frozen ensemble, the schemes, the cached logits. */
@NullMarked
package io.mambapkd.distill;

import org.jspecify.annotations.NullMarked;
