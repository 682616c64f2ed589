/** Readers of archives, which are read entry by entry and never unpacked onto a disk. */
@NullMarked
package io.mambapkd.data.archive;

import org.jspecify.annotations.NullMarked;
