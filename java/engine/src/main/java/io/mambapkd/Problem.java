package io.mambapkd;

import java.io.Serializable;

/**
 * What is wrong outside the program, as data. Only {@link #sentence()} makes a sentence of it.
 *
 * @param key setting whose value is wrong, by the name of its record component; empty if the problem is no setting
 * @param text what was expected, what was got, and where; without a full stop
 * @param remedy what to do about it, or empty
 */
public record Problem(String key, String text, String remedy) implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Of no setting. */
    public Problem(String text, String remedy) {
        this("", text, remedy);
    }

    /**
     * A setting with a value that it cannot have.
     *
     * @param where the setting belongs, in front of its key: {@code student.}, or empty
     */
    public static Problem ofValue(String where, String key, String expected, Object got) {
        return new Problem(key, where + key + " must be " + expected + ", got " + got, "");
    }

    /** The option that makes a setting, {@code KEY=VALUE}, as a shell takes it: brackets are patterns of file names there. */
    public static String option(String setting) {
        return "--set " + (setting.contains("[") ? "'" + setting + "'" : setting);
    }

    /** The same, with the place where it was met. */
    public Problem at(String place) {
        return new Problem(key, place + ": " + text, remedy);
    }

    /** {@code TEXT; REMEDY}. */
    public String sentence() {
        return remedy.isEmpty() ? text : text + "; " + remedy;
    }
}
