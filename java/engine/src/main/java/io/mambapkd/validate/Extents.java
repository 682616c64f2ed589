package io.mambapkd.validate;

import io.mambapkd.InputException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Extents that the user fixed for a case; the others are drawn.
 *
 * @param values by letter: B, L, D, N, ...
 */
record Extents(Map<String, Integer> values) {
    /** Letters that operations draw. */
    private static final List<String> KNOWN =
            List.of("B", "L", "D", "N", "M", "K", "W", "R", "H", "C", "P", "G", "ROWS", "DEPTH", "COLUMNS", "COUNT");

    private static final int LARGEST = 1 << 20;

    /** Nothing fixed. */
    static final Extents DRAWN = new Extents(Map.of());

    /**
     * Reads {@code B=4,L=28,D=32;B=1,L=257}: cases between semicolons.
     *
     * @throws InputException if it is anything else
     */
    static List<Extents> parse(String text) {
        List<Extents> all = new ArrayList<>();
        for (String shape : text.split(";", -1)) {
            Map<String, Integer> values = new LinkedHashMap<>();
            for (String pair : shape.split(",", -1)) {
                String[] sides = pair.trim().split("=", -1);
                String letter = sides[0].trim().toUpperCase(Locale.ROOT);
                if (sides.length != 2
                        || !KNOWN.contains(letter)
                        || !sides[1].trim().matches("[1-9][0-9]{0,6}")) {
                    throw new InputException("--shapes: expected extents such as B=4,L=28,D=32,N=8 with letters of "
                            + String.join(", ", KNOWN) + ", got '" + pair + "'");
                }
                int value = Integer.parseInt(sides[1].trim());
                if (value > LARGEST) {
                    throw new InputException("--shapes: " + letter + " must be at most " + LARGEST + ", got " + value);
                }
                if (values.put(letter, value) != null) {
                    throw new InputException("--shapes: " + letter + " is given twice in '" + shape + "'");
                }
            }
            all.add(new Extents(values));
        }
        return all;
    }
}
