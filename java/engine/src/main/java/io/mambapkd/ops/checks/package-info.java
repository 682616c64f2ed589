/**
 * Checks of the arguments of operations, the same for every backend.
 *
 * <p>A check throws before anything is computed; messages give what was expected and what came.
 */
@NullMarked
package io.mambapkd.ops.checks;

import org.jspecify.annotations.NullMarked;
