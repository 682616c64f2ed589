/**
 * Saves of a run that is not finished: the state of the model that is trained, from which another process goes on.
 *
 * <p>When and where states are kept, and which is gone on from; what a state is, is in {@code step}.
 */
@NullMarked
package io.mambapkd.train.save;

import org.jspecify.annotations.NullMarked;
