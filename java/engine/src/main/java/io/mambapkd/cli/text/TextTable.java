package io.mambapkd.cli.text;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** A table in plain text: the first column to the left, the others, which are numbers, to the right; two spaces between columns. */
public final class TextTable {
    private final List<List<String>> rows = new ArrayList<>();
    private final boolean numbers;

    public TextTable(String... headings) {
        this(true, headings);
    }

    private TextTable(boolean numbers, String... headings) {
        this.numbers = numbers;
        rows.add(List.of(headings));
    }

    /** A table of words: all columns to the left. */
    public static TextTable ofWords(String... headings) {
        return new TextTable(false, headings);
    }

    public void row(String... cells) {
        if (cells.length != rows.get(0).size()) {
            throw new IllegalArgumentException("expected " + rows.get(0).size() + " cells, got " + List.of(cells));
        }
        rows.add(List.of(cells));
    }

    /** Columns that a text takes on a terminal: none for marks on the letter before, two for the letters of East Asia and for pictures. */
    public static int width(String text) {
        return text.codePoints()
                .map(c -> switch (Character.getType(c)) {
                    case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK -> 0;
                    default -> isWide(c) ? 2 : 1;
                })
                .sum();
    }

    private static boolean isWide(int c) {
        return c >= 0x1100 && c <= 0x115F
                || c >= 0x2E80 && c <= 0xA4CF
                || c >= 0xAC00 && c <= 0xD7A3
                || c >= 0xF900 && c <= 0xFAFF
                || c >= 0xFE30 && c <= 0xFE6F
                || c >= 0xFF01 && c <= 0xFF60
                || c >= 0xFFE0 && c <= 0xFFE6
                || c >= 0x1F300 && c <= 0x1FAFF
                || c >= 0x20000 && c <= 0x3FFFD;
    }

    public void print(PrintWriter out) {
        int columns = rows.get(0).size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int c = 0; c < columns; c++) {
                widths[c] = Math.max(widths[c], width(row.get(c)));
            }
        }
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int c = 0; c < columns; c++) {
                String cell = row.get(c);
                String padding = " ".repeat(widths[c] - width(cell));
                line.append(c == 0 ? "" : "  ");
                line.append(c > 0 && numbers ? padding + cell : cell + padding);
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
