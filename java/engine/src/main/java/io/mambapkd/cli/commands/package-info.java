/**
 * The commands, one class each, and the options that several of them share.
 *
 * <p>Only here and in {@code machine} is a backend chosen; work is done by {@code train}, {@code validate} and the other packages.
 */
@NullMarked
package io.mambapkd.cli.commands;

import org.jspecify.annotations.NullMarked;
