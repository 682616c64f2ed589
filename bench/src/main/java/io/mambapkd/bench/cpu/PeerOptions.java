package io.mambapkd.bench.cpu;

import io.mambapkd.InputException;
import java.nio.file.Path;
import java.util.ServiceLoader;
import picocli.CommandLine.Option;

/** How a step is timed beside a peer. */
final class PeerOptions {
    /** Fewer say nothing of how steady a time is. */
    private static final int FEWEST_BLOCKS = 5;

    @Option(
            names = "--threads",
            defaultValue = "2",
            description = "Threads of both engines (default: ${DEFAULT-VALUE}).")
    private int threads;

    @Option(
            names = "--natives",
            defaultValue = "bench/target/pytorch",
            paramLabel = "DIR",
            description = "Where PyTorch's libraries are unpacked, 430 MB (default: ${DEFAULT-VALUE}).")
    private Path natives = Path.of("");

    @Option(names = "--quick", description = "Two blocks of 0.3 s: shows that it works, not how fast it is.")
    private boolean quick;

    int threads() {
        return threads;
    }

    /** Of the result: full or quick. */
    String settings() {
        return quick ? "quick" : "full";
    }

    /**
     * @param blocks timed, of each subject; fewer where it has to be quick
     * @throws InputException if there are too few or too many
     */
    Alternation alternation(int blocks) {
        require("--blocks", blocks, FEWEST_BLOCKS, 1000);
        return quick ? Alternation.quick() : Alternation.full(blocks);
    }

    /**
     * The peer, with its threads.
     *
     * @throws InputException if there is none on the class path, or the number of threads cannot be
     */
    StepPeer start() {
        require("--threads", threads, 1, 256);
        StepPeer peer = ServiceLoader.load(StepPeer.class)
                .findFirst()
                .orElseThrow(() -> new InputException(
                        "there is no peer to compare with on the class path; build it with Maven's profile: -Ppeer"));
        peer.start(threads, natives);
        return peer;
    }

    static void require(String option, int value, int low, int high) {
        if (value < low || value > high) {
            throw new InputException(option + " must be from " + low + " to " + high + ", got " + value);
        }
    }
}
