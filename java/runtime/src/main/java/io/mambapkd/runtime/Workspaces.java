package io.mambapkd.runtime;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Workspaces that calls share, one at a time each. A thread looks first where its own number points, so that threads seldom meet, and makes another workspace where it finds none:
 * no call waits.
 */
final class Workspaces {
    private static final int PLACES = 64;

    private final AtomicReferenceArray<Steps> free = new AtomicReferenceArray<>(PLACES);

    private static int place() {
        return (int) (Thread.currentThread().getId() % PLACES);
    }

    /** One that no other call uses; null where there is none. */
    Steps take() {
        return free.getAndSet(place(), null);
    }

    void giveBack(Steps steps) {
        free.set(place(), steps);
    }
}
