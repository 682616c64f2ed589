package io.mambapkd.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** The word that a user may have meant by another one. */
final class NearMiss {
    private NearMiss() {}

    /** The known word that differs least, if it differs by case, hyphens and a few letters alone. */
    static Optional<String> of(String word, Collection<String> known) {
        String plain = plain(word);
        int most = plain.length() < 4 ? 0 : plain.length() < 8 ? 1 : 2;
        return known.stream()
                .filter(candidate -> difference(plain, plain(candidate)) <= most)
                .min(Comparator.comparingInt(candidate -> difference(plain, plain(candidate))));
    }

    /** {@code "; did you mean WORD?"}, or nothing. */
    static String question(String word, Collection<String> known) {
        return of(word, known).map(meant -> "; did you mean " + meant + "?").orElse("");
    }

    private static String plain(String word) {
        return word.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}]", "");
    }

    /** How many letters are missing, too many, wrong, or in the place of their neighbour. */
    private static int difference(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + change);
                boolean swapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                if (swapped) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
