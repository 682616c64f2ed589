/** The command line: one command a file; the only place that chooses a backend. */
@NullMarked
package io.mambapkd.cli;

import org.jspecify.annotations.NullMarked;
