package io.mambapkd.doctor;

import io.mambapkd.PlainText;
import io.mambapkd.Problem;

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
        text = PlainText.line(text);
        remedy = PlainText.line(remedy);
    }

    /** All is well. */
    public static Finding ok(String name, String text) {
        return new Finding(name, Verdict.OK, text, "", "", "");
    }

    /** Worth knowing. */
    public static Finding note(String name, String text) {
        return note(name, new Problem(text, ""));
    }

    /** Worth knowing, with what to do. */
    public static Finding note(String name, Problem problem) {
        return of(name, Verdict.NOTE, problem);
    }

    /** Something to mend. */
    public static Finding problem(String name, String text, String remedy) {
        return problem(name, new Problem(text, remedy));
    }

    /** Something to mend. */
    public static Finding problem(String name, Problem problem) {
        return of(name, Verdict.PROBLEM, problem);
    }

    private static Finding of(String name, Verdict verdict, Problem problem) {
        return new Finding(name, verdict, problem.text(), problem.remedy(), "", "");
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
}
