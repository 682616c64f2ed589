/**
 * Decoders of PNG, JPEG, GIF and BMP files that nobody has to trust: sizes are checked against the file before memory is reserved, and what does not fit is
 * a {@link io.mambapkd.data.formats.BadImageException}. Written here, as ImageIO would add the module java.desktop to every Java runtime that ships, and as its JPEG
 * decoder is the native library of the system: the same file must give the same pixels everywhere.
 */
@NullMarked
package io.mambapkd.data.formats;

import org.jspecify.annotations.NullMarked;
