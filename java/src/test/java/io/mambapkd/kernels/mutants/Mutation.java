package io.mambapkd.kernels.mutants;

/**
 * One barrier or one guard taken out of a kernel's source.
 *
 * @param line where, from 1
 * @param what the text that goes, such as {@code row >= rows}
 * @param instead what stands there instead, such as {@code false}, or {@code ;} for a barrier
 * @param source the whole file without it; every other token keeps its line and column
 */
record Mutation(int line, String what, String instead, String source) {
    /** Replaces {@code original[begin, end)}, padded with blanks; a line that goes on in the next still does. */
    static Mutation of(String original, int begin, int end, String instead) {
        String gone = original.substring(begin, end);
        StringBuilder padded = new StringBuilder(instead);
        for (int at = instead.length(); at < gone.length(); at++) {
            boolean endsLine = gone.startsWith("\n", at) || gone.startsWith("\\\n", at);
            padded.append(endsLine ? gone.charAt(at) : ' ');
        }
        int line = 1
                + (int) original.substring(0, begin)
                        .chars()
                        .filter(c -> c == '\n')
                        .count();
        String source = original.substring(0, begin) + padded + original.substring(end);
        return new Mutation(line, gone.strip().replaceAll("[\\s\\\\]+", " "), instead, source);
    }

    /** As the table says it. */
    String description() {
        return instead.equals(";") ? what : what + " -> " + instead;
    }
}
