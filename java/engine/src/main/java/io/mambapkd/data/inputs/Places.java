package io.mambapkd.data.inputs;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.Problem;
import java.io.IOException;
import java.nio.file.Path;

/** The sentence about a place that cannot be read at all. */
final class Places {
    private Places() {}

    static InputException unreadable(Path place, IOException failure) {
        return new InputException(
                new Problem(
                        "expected images, got what cannot be read (" + FileFailure.reason(failure) + "), at " + place,
                        "correct the name, or allow your user to read it"),
                failure);
    }
}
