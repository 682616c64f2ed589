package io.mambapkd;

/** Text from files, options and libraries, as it may be printed on a terminal. */
public final class PlainText {
    private PlainText() {}

    /** With a question mark in place of what a terminal would obey: control and format characters, line and paragraph separators. */
    public static String of(String text) {
        return text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", "?");
    }

    /** On one line, with single spaces. */
    public static String line(String text) {
        return of(text.strip().replaceAll("\\s+", " "));
    }
}
