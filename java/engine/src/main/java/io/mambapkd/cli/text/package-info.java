/**
 * Tables, numbers and summaries as text, and places for output.
 */
@NullMarked
package io.mambapkd.cli.text;

import org.jspecify.annotations.NullMarked;
