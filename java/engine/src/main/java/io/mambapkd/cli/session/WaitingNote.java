package io.mambapkd.cli.session;

import io.mambapkd.storage.LockHolder;
import io.mambapkd.terminal.ProgressDisplay;
import org.jspecify.annotations.Nullable;

/** Says once which process the program waits for. */
public final class WaitingNote {
    private final ProgressDisplay display;
    private final String what;
    private @Nullable LockHolder named;

    /** @param what the other process does, with {@code which} in front */
    public WaitingNote(ProgressDisplay display, String what) {
        this.display = display;
        this.what = what;
    }

    /** The program waits, or still waits. */
    public void on(LockHolder holder) {
        if (!holder.equals(named)) {
            named = holder;
            display.note("note: waiting for " + holder + ", " + what);
        }
    }
}
