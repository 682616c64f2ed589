package io.mambapkd.runtime.model;

import java.io.IOException;

/** A file of a model is damaged, of another format, or describes what this version does not compute. The message says where, what was expected and what was found. */
public final class InvalidModelException extends IOException {
    private static final long serialVersionUID = 1L;

    public InvalidModelException(String message) {
        super(message);
    }

    public InvalidModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
