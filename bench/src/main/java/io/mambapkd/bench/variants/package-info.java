/**
 * Launchers of variants of kernels that do not ship.
 *
 * <p>The only room outside of {@code ops.cuda} that may use {@code ops.cuda.driver}'s launches.
 */
@NullMarked
package io.mambapkd.bench.variants;

import org.jspecify.annotations.NullMarked;
