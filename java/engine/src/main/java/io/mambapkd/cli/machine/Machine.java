package io.mambapkd.cli.machine;

import io.mambapkd.Version;
import io.mambapkd.ops.Backend;

/**
 * What a run computes on.
 *
 * @param description for people, with the reason where the program chose
 */
public record Machine(Backend backend, int threads, String description) implements AutoCloseable {
    /** Version of the program and what computes: what decides the last digits of results. The number of threads does not. */
    public String computing() {
        String what = backend.description().replaceFirst("^[0-9]+ threads?, ", "");
        return "version " + Version.current() + " on " + backend.name() + ", " + what
                + (backend.name().equals("cpu") ? ", " + Processor.name() : "");
    }

    @Override
    public void close() {
        backend.close();
    }
}
