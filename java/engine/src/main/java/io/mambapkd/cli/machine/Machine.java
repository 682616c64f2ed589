package io.mambapkd.cli.machine;

import io.mambapkd.ops.Backend;

/**
 * What a run computes on.
 *
 * @param description for people, with the reason where the program chose
 */
public record Machine(Backend backend, int threads, String description) implements AutoCloseable {
    @Override
    public void close() {
        backend.close();
    }
}
