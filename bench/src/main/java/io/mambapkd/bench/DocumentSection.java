package io.mambapkd.bench;

import io.mambapkd.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The part of a document that a command writes, between two marker lines.
 *
 * @param name of the section; {@code NAME-table} is the command
 */
record DocumentSection(String name) {
    String begin() {
        return "<!-- " + name + ": begin (written by the command " + name + "-table) -->";
    }

    String end() {
        return "<!-- " + name + ": end -->";
    }

    /** @throws InputException if the file cannot be read or written, or lacks the markers */
    void write(Path document, String content) {
        try {
            Files.writeString(document, insert(Files.readString(document), document.toString(), content));
        } catch (IOException failure) {
            throw new InputException("the document " + document + " cannot be read and written: " + failure, failure);
        }
    }

    /**
     * The document with everything between the markers replaced.
     *
     * @throws InputException if the markers are not both there once, in order
     */
    String insert(String document, String where, String content) {
        int begin = document.indexOf(begin());
        int end = document.indexOf(end());
        boolean once = begin >= 0
                && end > begin
                && document.indexOf(begin(), begin + 1) < 0
                && document.indexOf(end(), end + 1) < 0;
        if (!once) {
            throw new InputException(where + " must hold the line '" + begin() + "' and, after it, the line '" + end()
                    + "', each once; nothing was written");
        }
        return document.substring(0, begin + begin().length()) + "\n" + content + document.substring(end);
    }
}
