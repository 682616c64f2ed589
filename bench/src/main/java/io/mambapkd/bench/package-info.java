/**
 * {@code mamba-pkd bench}: the list of its commands, and {@code report}, which shows what they measured. Each command has a room; {@code result} and {@code options} serve all of them.
 *
 * <p>Nothing of the product may use it.
 */
@NullMarked
package io.mambapkd.bench;

import org.jspecify.annotations.NullMarked;
