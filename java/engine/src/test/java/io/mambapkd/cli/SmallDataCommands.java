package io.mambapkd.cli;

import io.mambapkd.cli.commands.BarImages;
import io.mambapkd.cli.session.Jobs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Commands on a dataset that opens faster than MNIST, beside jobs that train nothing. */
abstract class SmallDataCommands {
    final FakeJobs jobs = new FakeJobs();

    @TempDir
    Path folder;

    /** 6 training and 2 test images of 4x4 pixels, classes 0 and 1. */
    @BeforeEach
    void writeSmallDataset() throws IOException {
        BarImages.write(folder.resolve("tiny"), 4, 2, 6, 2, 255);
    }

    final String smallDataset() {
        return "idx:" + folder.resolve("tiny");
    }

    final CommandRun run(String... args) {
        return CommandRun.of(jobs, folder.resolve("runs"), args);
    }

    /** A distill command on the small dataset, with students that fit it. */
    final CommandRun distillSmall(Jobs work, String... more) {
        return CommandRun.of(work, folder.resolve("runs"), onSmallDataset("distill", more));
    }

    /** A command line with settings of teacher and students that fit the small dataset. */
    final String[] onSmallDataset(String command, String... more) {
        List<String> words = new ArrayList<>(
                List.of(
                        command,
                        "--dataset",
                        smallDataset(),
                        "--set",
                        "validationImages=2",
                        "--set",
                        "teacher.batch=2",
                        "--set",
                        "student.batch=2",
                        "--set",
                        "students=[{name: s, cut: rows, tokenSize: 2, modelWidth: 4, blocks: 1, stateSize: 2, learningRate: 0.02}]"));
        words.addAll(Arrays.asList(more));
        return words.toArray(String[]::new);
    }
}
