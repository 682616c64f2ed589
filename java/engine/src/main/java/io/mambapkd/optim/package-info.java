/** Optimizers and learning-rate schedules. */
@NullMarked
package io.mambapkd.optim;

import org.jspecify.annotations.NullMarked;
