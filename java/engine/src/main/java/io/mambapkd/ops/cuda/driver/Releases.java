package io.mambapkd.ops.cuda.driver;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** How to give back what was taken, last first: where opening something fails half way, and where it is closed. */
public final class Releases {
    private final Deque<Runnable> steps = new ArrayDeque<>();

    /** To be done before all that was added earlier. */
    public void add(Runnable step) {
        steps.push(step);
    }

    /**
     * Does all of them. What fails meanwhile is kept beside the failure that counts.
     *
     * @param failure why
     */
    public void after(Throwable failure) {
        while (!steps.isEmpty()) {
            try {
                steps.pop().run();
            } catch (RuntimeException another) {
                failure.addSuppressed(another);
            }
        }
    }

    /** Does all of them, and throws what failed first at the end. */
    public void all() {
        @Nullable RuntimeException first = null;
        while (!steps.isEmpty() && first == null) {
            try {
                steps.pop().run();
            } catch (RuntimeException failure) {
                first = failure;
            }
        }
        if (first != null) {
            after(first);
            throw first;
        }
    }
}
