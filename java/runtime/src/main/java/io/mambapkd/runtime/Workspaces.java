package io.mambapkd.runtime;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/**
 * Workspaces that calls share, one at a time each. A thread looks first where its own number points, so that threads seldom meet, and makes another workspace where it finds none:
 * no call waits.
 */
final class Workspaces {
    private static final int PLACES = 64;

    private final AtomicReferenceArray<Steps> free = new AtomicReferenceArray<>(PLACES);
    private final Supplier<Steps> maker;

    Workspaces(Supplier<Steps> maker) {
        this.maker = maker;
    }

    private static int place() {
        return (int) (Thread.currentThread().getId() % PLACES);
    }

    Steps take() {
        Steps found = free.getAndSet(place(), null);
        return found != null ? found : maker.get();
    }

    void giveBack(Steps steps) {
        free.set(place(), steps);
    }
}
