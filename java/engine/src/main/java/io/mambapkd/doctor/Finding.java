package io.mambapkd.doctor;

/**
 * One thing that was looked at.
 *
 * @param name what it is, such as {@code cuBLAS}
 * @param verdict whether it is as it should be
 * @param text what was found, on one line
 * @param remedy what to do, or empty
 * @param path file or folder, or empty
 * @param version as people write it, or empty
 */
public record Finding(String name, Verdict verdict, String text, String remedy, String path, String version) {
    /** Whether a thing is as it should be. */
    public enum Verdict {
        OK,
        /** Worth knowing, but nothing stops working. */
        NOTE,
        /** CUDA, or the program, does not work as it is. */
        PROBLEM
    }

    public Finding {
        text = line(text);
        remedy = line(remedy);
    }

    /** All is well. */
    public static Finding ok(String name, String text) {
        return new Finding(name, Verdict.OK, text, "", "", "");
    }

    /** Worth knowing. */
    public static Finding note(String name, String sentence) {
        return of(name, Verdict.NOTE, sentence);
    }

    /** Something to mend. */
    public static Finding problem(String name, String sentence) {
        return of(name, Verdict.PROBLEM, sentence);
    }

    /** @param sentence what was found, and behind the first semicolon what to do */
    private static Finding of(String name, Verdict verdict, String sentence) {
        int end = sentence.indexOf("; ");
        return end < 0
                ? new Finding(name, verdict, sentence, "", "", "")
                : new Finding(name, verdict, sentence.substring(0, end), sentence.substring(end + 2), "", "");
    }

    /** The same of a file or folder. */
    public Finding at(String file, String release) {
        return new Finding(name, verdict, text, remedy, file, release);
    }

    /** The same with something better to do. */
    public Finding withRemedy(String better) {
        return better.isEmpty() ? this : new Finding(name, verdict, text, better, path, version);
    }

    public boolean isProblem() {
        return verdict == Verdict.PROBLEM;
    }

    /** Without anything that a terminal would obey. */
    private static String line(String text) {
        return text.strip().replaceAll("\\s+", " ").replaceAll("[\\p{Cntrl}\\u2028\\u2029]", "?");
    }
}
