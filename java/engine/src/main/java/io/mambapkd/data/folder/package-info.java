/**
 * Folders of images as data: what is in them, decoding in parallel, and a cache of the decoded images. Knows nothing of data sets, which {@code data} makes of it.
 */
@NullMarked
package io.mambapkd.data.folder;

import org.jspecify.annotations.NullMarked;
