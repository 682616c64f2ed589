package io.mambapkd.cli;

import io.mambapkd.InputException;
import io.mambapkd.cli.machine.CudaMachine;
import io.mambapkd.cli.session.Jobs;
import io.mambapkd.cli.session.Session;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;

/** What a command line came to. */
public record CommandRun(int exitCode, String out, String err) {
    /** A machine without a driver, whatever this one has. */
    public static final CudaMachine NO_GPU = options -> {
        throw new InputException("there is no driver");
    };

    /** Runs a command line at 2026-01-02 03:04:05, with default run folders in {@code runs}. */
    public static CommandRun of(Jobs jobs, Path runs, String... args) {
        return of(NO_GPU, jobs, runs, args);
    }

    /** The same on a machine with a GPU, or where it fails in another way. */
    public static CommandRun of(CudaMachine cuda, Jobs jobs, Path runs, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Clock clock = Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC);
        Session session = new Session(new PrintWriter(out, true), new PrintWriter(err, true), jobs, runs, clock, cuda);
        int exitCode = Main.execute(session, args);
        return new CommandRun(exitCode, out.toString(), err.toString());
    }
}
