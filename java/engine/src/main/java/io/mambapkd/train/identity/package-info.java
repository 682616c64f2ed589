/**
 * What belongs together: the data, settings and checkpoints of one run, and how parts of another are found out.
 *
 * <p>Checks and names only; training and evaluation are in {@code run}.
 */
@NullMarked
package io.mambapkd.train.identity;

import org.jspecify.annotations.NullMarked;
