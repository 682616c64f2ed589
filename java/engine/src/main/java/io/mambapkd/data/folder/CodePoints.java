package io.mambapkd.data.folder;

import java.util.Comparator;

/** The order of texts by their code points, which is that of their bytes in UTF-8; that of {@link String} is by halves of the larger ones. */
final class CodePoints {
    static final Comparator<String> ORDER = CodePoints::compare;

    private CodePoints() {}

    private static int compare(String a, String b) {
        int length = Math.min(a.length(), b.length());
        for (int i = 0; i < length; i++) {
            char one = a.charAt(i);
            char other = b.charAt(i);
            if (one != other) {
                return Integer.compare(rank(one), rank(other));
            }
        }
        return Integer.compare(a.length(), b.length());
    }

    /** Halves of large code points come after all others. */
    private static int rank(char unit) {
        return Character.isSurrogate(unit) ? unit + 0x10000 : unit;
    }
}
