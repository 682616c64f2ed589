package io.mambapkd;

/** Text from files, options and libraries, as it may be printed on a terminal. */
public final class PlainText {
    private static final int LONGEST_NAME = 30;

    private PlainText() {}

    /** With a question mark in place of what a terminal would obey: control and format characters, line and paragraph separators. */
    public static String of(String text) {
        return text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", "?");
    }

    /** A name from a file or a folder, in the midst of other text: on one line, and not too long. */
    public static String name(String name) {
        String plain = line(name);
        return plain.codePointCount(0, plain.length()) <= LONGEST_NAME
                ? plain
                : plain.substring(0, plain.offsetByCodePoints(0, LONGEST_NAME - 3)) + "...";
    }

    /** On one line, with single spaces. */
    public static String line(String text) {
        return of(text.strip().replaceAll("\\s+", " "));
    }
}
