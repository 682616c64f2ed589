package io.mambapkd.bench;

import java.io.PrintWriter;
import java.io.StringWriter;

/** Runs of commands of bench in this process, with what they print. */
public final class BenchRun {
    private final StringWriter output = new StringWriter();
    private final StringWriter errors = new StringWriter();

    /** Returns the exit code. */
    public int run(String... arguments) {
        return Main.run(new PrintWriter(output), new PrintWriter(errors, true), arguments);
    }

    /** Of all runs so far. */
    public String output() {
        return output.toString();
    }

    /** Of all runs so far. */
    public String errors() {
        return errors.toString();
    }
}
