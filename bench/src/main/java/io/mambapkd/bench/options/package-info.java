/**
 * Options that several commands of {@code bench} share.
 */
@NullMarked
package io.mambapkd.bench.options;

import org.jspecify.annotations.NullMarked;
