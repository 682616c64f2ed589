package io.mambapkd.data.cifar;

import io.mambapkd.InputException;
import io.mambapkd.PlainText;
import io.mambapkd.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Makes the sentences about a file that is not what it should be.
 *
 * @param expected for messages: {@code a file of cifar10's binary version}
 * @param where the file is
 * @param kinds knows other kinds of files
 */
record Refusal(String expected, String where, Kinds kinds) {
    /** Tells what a file is by its first bytes. */
    @FunctionalInterface
    interface Kinds {
        /**
         * @param head the first {@link #HEAD_BYTES}, or all where there are fewer
         * @param size of the whole file
         * @return what it is and what to do about it; null where that is not known
         */
        @Nullable
        Problem of(byte[] head, long size);
    }

    static final int HEAD_BYTES = 1024;
    static final String AGAIN = "get the file again";

    InputException of(String got) {
        return of(got, AGAIN, null);
    }

    InputException of(String got, String remedy, @Nullable Exception cause) {
        return new InputException(
                new Problem("expected " + expected + ", got " + PlainText.of(got) + ", at " + where, remedy), cause);
    }

    /** Named by its kind where that is known. */
    InputException ofContent(byte[] head, long size, String got) {
        Problem kind = kinds.of(head, size);
        return kind == null ? of(got) : of(kind.text(), kind.remedy(), null);
    }
}
