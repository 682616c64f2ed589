package io.mambapkd.train.verify;

import io.mambapkd.Problem;
import io.mambapkd.storage.RunFile;

/**
 * A file and what was found of it.
 *
 * @param file in the run folder
 * @param state of it
 * @param remark on the state: what was expected and got, and what to do; empty where there is nothing to say
 */
public record CheckedFile(RunFile file, FileState state, Problem remark) {
    private static final Problem NONE = new Problem("", "");

    static CheckedFile of(RunFile file, FileState state) {
        return new CheckedFile(file, state, NONE);
    }

    static CheckedFile of(RunFile file, FileState state, String text, String remedy) {
        return new CheckedFile(file, state, new Problem(text, remedy));
    }
}
