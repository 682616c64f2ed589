package io.mambapkd.cli.commands;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.train.save.RunSaves;
import java.time.Duration;
import picocli.CommandLine.Option;

/** How often the state of a training is saved. */
final class SaveOptions {
    private static final int LONGEST = 3600;

    @Option(
            names = "--save-every",
            paramLabel = "SECONDS",
            description =
                    "Time between two saves of the state of the training, which --resume goes on from; default 60.")
    private int seconds = (int) RunSaves.INTERVAL.toSeconds();

    /** @throws InputException if there is no such interval */
    Duration interval() {
        if (seconds < 0 || seconds > LONGEST) {
            throw new InputException(new Problem(
                    "expected 0 to " + LONGEST + " seconds with --save-every, got " + seconds, "leave it out for 60"));
        }
        return Duration.ofSeconds(seconds);
    }
}
