package io.mambapkd.ops;

import java.util.List;
import java.util.function.Supplier;

/**
 * A backend that contract tests run on.
 *
 * @param name what reports call it
 * @param opener opens it; aborts the test with the reason where the machine does not have it
 * @param variations openers of the same backend that may not change a bit of any result: other numbers of threads, other orders of a kernel's threads
 */
public record BackendUnderTest(String name, Supplier<Backend> opener, List<Supplier<Backend>> variations) {
    public Backend open() {
        return opener.get();
    }

    /** Whether the CPU computes: the specification, or the backend that only checks launches before it. */
    public boolean computesOnCpu() {
        return name.equals(Backends.CPU) || name.equals(Backends.LAUNCHES_ALONE);
    }

    @Override
    public String toString() {
        return name;
    }
}
