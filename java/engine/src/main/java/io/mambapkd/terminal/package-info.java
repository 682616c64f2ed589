/**
 * The display of a running job on a terminal.
 *
 * <p>It takes what a listener hears and returns text; who prints it is decided in {@code cli}.
 */
@NullMarked
package io.mambapkd.terminal;

import org.jspecify.annotations.NullMarked;
