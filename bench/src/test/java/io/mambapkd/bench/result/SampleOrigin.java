package io.mambapkd.bench.result;

import io.mambapkd.results.Origin;

public final class SampleOrigin {
    private SampleOrigin() {}

    public static Origin of(boolean emulated) {
        return new Origin("a GPU", "12.8", "2026-01-02T03:04:05Z", "0123abcd", "a command", emulated);
    }
}
