/**
 * The options that choose a machine, and the backend that they mean.
 */
@NullMarked
package io.mambapkd.cli.machine;

import org.jspecify.annotations.NullMarked;
