package io.mambapkd.bench.cpu;

import io.mambapkd.bench.result.Machine;
import io.mambapkd.results.Origin;
import java.util.Locale;

/** What stands below a table of steps timed beside a peer. */
final class TableNotes {
    private TableNotes() {}

    /**
     * @param blocks timed of each engine
     * @param settings how they were timed
     * @param threads of both engines
     * @param ours description of our backend
     * @param peer description of the peer
     */
    static String markdown(
            int blocks, String settings, Origin origin, Machine machine, int threads, String ours, String peer) {
        return String.format(
                Locale.ROOT,
                "\nMedian of %d blocks each (smallest to largest), %s.\n"
                        + "- Machine: %s, %d cores; threads used: %d; %s; JDK: %s; load before the run: %.1f.\n%s"
                        + "- Ours: %s.\n- Peer: %s.\n",
                blocks,
                settings,
                origin.device(),
                machine.cores(),
                threads,
                machine.system(),
                machine.jdk(),
                machine.load(),
                machine.isBusy() ? "- **The machine was busy: do not rely on these numbers.**\n" : "",
                ours,
                peer);
    }
}
