/**
 * Results as files: where they come from, their kinds, times, tables, and what went wrong.
 *
 * <p>It knows no command.
 */
@NullMarked
package io.mambapkd.bench.result;

import org.jspecify.annotations.NullMarked;
