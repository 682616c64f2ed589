/**
 * Launchers of the kernels of {@code cuda/}, one class for each family.
 *
 * <p>A launcher checks nothing that {@code ops.checks} checks; it chooses the entry and the grid, and launches.
 */
@NullMarked
package io.mambapkd.ops.cuda.kernels;

import org.jspecify.annotations.NullMarked;
