/**
 * One training step and the loop over steps: forward, loss, backward, clip, update, and what is read back.
 *
 * <p>It knows no stage of a run, and no file.
 */
@NullMarked
package io.mambapkd.train.step;

import org.jspecify.annotations.NullMarked;
