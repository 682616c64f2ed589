package io.mambapkd.doctor;

import java.time.Duration;

/** The time that is left for all checks of a machine. */
public final class TimeLimit {
    private static final Duration LEAST = Duration.ofSeconds(1);

    private final long end;

    private TimeLimit(long end) {
        this.end = end;
    }

    /** Runs from now on. */
    public static TimeLimit of(Duration whole) {
        return new TimeLimit(System.nanoTime() + whole.toNanos());
    }

    /** For the next process: two thirds of what is left, at least 1 s, so that one that hangs leaves time for those after it. */
    public Duration share() {
        Duration share =
                Duration.ofNanos(end - System.nanoTime()).multipliedBy(2).dividedBy(3);
        return share.compareTo(LEAST) < 0 ? LEAST : share;
    }
}
