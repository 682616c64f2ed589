/**
 * Files that survive a crash: whole or not at all; the folder of a run; and locks, which keep other processes from one or the other.
 *
 * <p>It knows nothing of what the files hold; formats are in {@code checkpoint} and {@code results}.
 */
@NullMarked
package io.mambapkd.storage;

import org.jspecify.annotations.NullMarked;
