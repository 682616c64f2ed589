package io.mambapkd.bench.result;

import io.mambapkd.InputException;

/**
 * The part of a document that {@code report --into} writes, between two marker lines.
 *
 * @param kind of the results in it
 */
public record DocumentSection(String kind) {
    public String begin() {
        return "<!-- " + kind + ": begin (written by mamba-pkd bench report) -->";
    }

    public String end() {
        return "<!-- " + kind + ": end -->";
    }

    /**
     * The document with everything between the markers replaced.
     *
     * @throws InputException if the markers are not both there once, in order
     */
    public String insert(String document, String where, String content) {
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
