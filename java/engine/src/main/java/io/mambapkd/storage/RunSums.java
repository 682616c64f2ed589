package io.mambapkd.storage;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * SHA256SUMS of a run folder: the hashes of its files, which {@code sha256sum -c SHA256SUMS} in the folder compares, too. A run writes it last, so that it is there only where the run
 * has ended, and removes it before it goes on.
 */
public final class RunSums {
    private RunSums() {}

    /**
     * Writes the list of all files that a run has left.
     *
     * @throws InputException if a file cannot be read, or the list not be written
     */
    public static void write(RunFolder folder) {
        Sha256Sums sums = Sha256Sums.none();
        for (RunFile file : listed(folder)) {
            sums = sums.with(file.name(), Sha256.hex(content(file.path())));
        }
        DurableFiles.write(folder.sums(), sums.bytes());
    }

    /**
     * Removes the list, durably: what it says of files is not true for long.
     *
     * @throws InputException if that is impossible
     */
    public static void remove(RunFolder folder) {
        try {
            if (Files.deleteIfExists(folder.sums())) {
                new LocalDisk().forceFolder(folder.path());
            }
        } catch (IOException e) {
            throw new InputException(
                    "cannot remove " + folder.sums() + ": " + FileFailure.reason(e)
                            + "; make the run folder writable, or remove it yourself: the run writes it anew at its end",
                    e);
        }
    }

    /**
     * Writes a file that may be one of those that are listed. While it is written, the list has its hashes before and after, so that a process that is killed leaves no file
     * that seems damaged.
     *
     * @param place of the file, anywhere
     * @param content that the file will have
     * @param write writes it
     */
    public static void replacing(RunFolder folder, Path place, byte[] content, Runnable write) {
        Optional<String> name = Files.isRegularFile(folder.sums()) ? listed(folder, place) : Optional.empty();
        if (name.isEmpty()) {
            write.run();
            return;
        }
        String hash = Sha256.hex(content);
        byte[] before = content(folder.sums());
        Sha256Sums sums = Sha256Sums.parse(before);
        DurableFiles.write(folder.sums(), sums.with(name.get(), hash).bytes());
        try {
            write.run();
        } catch (RuntimeException unwritten) {
            DurableFiles.write(folder.sums(), before);
            throw unwritten;
        }
        DurableFiles.write(folder.sums(), sums.replaced(name.get(), hash).bytes());
    }

    private static List<RunFile> listed(RunFolder folder) {
        return RunFile.all(folder).stream()
                .filter(file -> file.kind().isListed() && Files.isRegularFile(file.path()))
                .toList();
    }

    /** The name of the file of the run that has this place, by whatever path; what commands write anew need not be there. */
    private static Optional<String> listed(RunFolder folder, Path place) {
        Stream<RunFile> written =
                Stream.of(folder.report(), folder.model(), folder.calibration()).map(file -> RunFile.of(folder, file));
        return Stream.concat(written, listed(folder).stream())
                .filter(file -> isSame(file.path(), place))
                .map(RunFile::name)
                .findFirst();
    }

    private static boolean isSame(Path file, Path place) {
        try {
            return Files.isSameFile(file, place);
        } catch (IOException missing) {
            return file.toAbsolutePath()
                    .normalize()
                    .equals(place.toAbsolutePath().normalize());
        }
    }

    private static byte[] content(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new InputException(
                    "cannot read " + file + ": " + FileFailure.reason(e) + "; make it readable, or use another disk",
                    e);
        }
    }
}
