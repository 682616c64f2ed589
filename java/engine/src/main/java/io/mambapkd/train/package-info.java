/**
 * Training and distillation: what hears a run and what stops it. Its rooms, from below: {@code settings}, {@code feed}, {@code step}, {@code run}.
 *
 * <p>No backend is named here, and nothing is printed.
 */
@NullMarked
package io.mambapkd.train;

import org.jspecify.annotations.NullMarked;
