/**
 * What every package may use: failures as sentences, and the version of the program.
 *
 * <p>It uses no other package. Whatever is about files, settings, tensors or devices has a package of its own.
 */
@NullMarked
package io.mambapkd;

import org.jspecify.annotations.NullMarked;
