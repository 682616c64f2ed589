package io.mambapkd.data.inputs;

import java.nio.file.Path;

/** An image that was found and is not decoded. */
public sealed interface InputImage {
    /** As the user knows it: a path, {@code ARCHIVE:ENTRY}, or {@code FILE[NUMBER]} with numbers from 0. */
    String name();

    /** Bytes that it keeps in memory. */
    default long held() {
        return 0;
    }

    /** A file of its own. */
    record Stored(String name, Path path) implements InputImage {}

    /**
     * The bytes of a file.
     *
     * @param file all of it; not a copy
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Encoded(String name, byte[] file) implements InputImage {
        @Override
        public long held() {
            return file.length;
        }
    }

    /**
     * An image that needs no decoding.
     *
     * @param pixels (H, W, C) unsigned bytes; not a copy
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Pixels(String name, byte[] pixels) implements InputImage {
        @Override
        public long held() {
            return pixels.length;
        }
    }

    /**
     * What cannot be read: an image, or the rest of what holds several.
     *
     * @param what completes {@code NAME is ...}
     */
    record Unreadable(String name, String what) implements InputImage {}
}
