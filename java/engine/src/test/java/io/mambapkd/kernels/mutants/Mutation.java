package io.mambapkd.kernels.mutants;

/**
 * One change of a kernel's source: a barrier or a guard taken out, or a line of arithmetic broken.
 *
 * @param line where, from 1
 * @param what the text that goes, such as {@code row >= rows}
 * @param instead what stands there instead, such as {@code false}, or {@code ;} for a barrier
 * @param source the whole file with the change; every other line stays where it is
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
        return new Mutation(line, words(gone), instead, source);
    }

    /** Replaces {@code original[begin, end)}, whose line may become longer; says the whole line. */
    static Mutation replaced(String original, int begin, int end, String instead) {
        int from = original.lastIndexOf('\n', begin) + 1;
        int newline = original.indexOf('\n', end);
        int to = newline < 0 ? original.length() : newline;
        String line = original.substring(from, begin) + instead + original.substring(end, to);
        String source = original.substring(0, from) + line + original.substring(to);
        int number = 1
                + (int) original.substring(0, from)
                        .chars()
                        .filter(c -> c == '\n')
                        .count();
        return new Mutation(number, words(original.substring(from, to)), words(line), source);
    }

    private static String words(String line) {
        return line.strip().replaceAll("[\\s\\\\]+", " ");
    }

    /** As the table says it. */
    String description() {
        return instead.equals(";") ? what : what + " -> " + instead;
    }
}
