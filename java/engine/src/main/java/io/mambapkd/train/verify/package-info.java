/**
 * Whether the files of a run folder are whole, and belong together.
 *
 * <p>It reads and changes nothing; what a file is called is the business of {@code storage}, what it holds that of {@code checkpoint}, {@code results} and {@code settings}.
 */
@NullMarked
package io.mambapkd.train.verify;

import org.jspecify.annotations.NullMarked;
