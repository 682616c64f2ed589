/**
 * The command line, {@code mamba-pkd}: the list of commands. Its rooms, from below: {@code text}, {@code machine}, {@code session}, {@code commands}.
 */
@NullMarked
package io.mambapkd.cli;

import org.jspecify.annotations.NullMarked;
