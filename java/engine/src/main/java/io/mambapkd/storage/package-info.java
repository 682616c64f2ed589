/**
 * Files that survive a crash: whole or not at all, and the folder of a run.
 *
 * <p>It knows nothing of what the files hold; formats are in {@code checkpoint} and {@code results}.
 */
@NullMarked
package io.mambapkd.storage;

import org.jspecify.annotations.NullMarked;
