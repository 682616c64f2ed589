package io.mambapkd.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;

/** What a command line came to. */
record CommandRun(int exitCode, String out, String err) {
    /** Runs a command line at 2026-01-02 03:04:05, with default run folders in {@code runs}. */
    static CommandRun of(Jobs jobs, Path runs, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Clock clock = Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC);
        Session session = new Session(new PrintWriter(out, true), new PrintWriter(err, true), jobs, runs, clock);
        int exitCode = Main.execute(session, args);
        return new CommandRun(exitCode, out.toString(), err.toString());
    }
}
