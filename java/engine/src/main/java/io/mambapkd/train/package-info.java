/** Sequences a run: settings, stages, evaluation. */
@NullMarked
package io.mambapkd.train;

import org.jspecify.annotations.NullMarked;
