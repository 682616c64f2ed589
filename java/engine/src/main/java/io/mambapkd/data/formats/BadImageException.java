package io.mambapkd.data.formats;

/** A file that is no image, or one that cannot be read. The message completes {@code FILE is ...}. */
public class BadImageException extends Exception {
    private static final long serialVersionUID = 1L;

    public BadImageException(String what) {
        super(what);
    }
}
