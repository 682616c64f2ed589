package io.mambapkd.bench.options;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.storage.RunLock;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import org.apache.commons.io.file.PathUtils;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the run that is measured writes its files. */
public final class RunDirOption {
    @Option(
            names = "--run-dir",
            paramLabel = "DIR",
            description = "The run folder, new or empty, which is kept; default a temporary one, which is removed.")
    private @Nullable Path kept;

    /**
     * Makes the folder, and removes it afterwards if it is a temporary one.
     *
     * @param err hears notes
     * @param work in the folder
     * @return what {@code work} returns
     * @throws InputException if the folder cannot be made or removed, or is in use
     */
    public <T> T with(PrintWriter err, Function<RunFolder, T> work) {
        Path folder = kept;
        return folder == null ? inTemporaryFolder(work) : inKeptFolder(folder, err, work);
    }

    private static <T> T inKeptFolder(Path folder, PrintWriter err, Function<RunFolder, T> work) {
        try (RunLock lock = RunLock.ofNew(folder)) {
            lock.notes().forEach(note -> err.println("note: " + note));
            return work.apply(RunFolder.create(folder));
        }
    }

    private static <T> T inTemporaryFolder(Function<RunFolder, T> work) {
        try {
            Path folder = Files.createTempDirectory("mamba-pkd-bench");
            try {
                return work.apply(RunFolder.create(folder.resolve("run")));
            } finally {
                PathUtils.deleteDirectory(folder);
            }
        } catch (IOException failure) {
            throw new InputException(
                    "the temporary run folder cannot be made or removed: " + FileFailure.reason(failure)
                            + "; name a place for it with --run-dir",
                    failure);
        }
    }
}
