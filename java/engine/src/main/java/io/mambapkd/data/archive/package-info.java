/** Readers of archives, which are read entry by entry and never unpacked onto a disk, and what a file is by its first bytes. */
@NullMarked
package io.mambapkd.data.archive;

import org.jspecify.annotations.NullMarked;
