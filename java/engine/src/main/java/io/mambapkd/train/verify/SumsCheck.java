package io.mambapkd.train.verify;

import io.mambapkd.FileFailure;
import io.mambapkd.storage.RunFile;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.storage.Sha256Sums;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * SHA256SUMS of a run folder, and what is wrong with it. Damage of the list shows where a line is none, where it does not list a file of the run, or where a hash is not that of its file.
 *
 * @param isThere whether there is one
 * @param sums what it says; nothing where it cannot be read
 * @param unreadable why it cannot be read; null where it can
 */
record SumsCheck(boolean isThere, Sha256Sums sums, @Nullable CheckedFile unreadable) {
    static SumsCheck of(RunFolder folder) {
        Path path = folder.sums();
        RunFile file = RunFile.of(folder, path);
        Sha256Sums nothing = Sha256Sums.parse(new byte[0]);
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return new SumsCheck(false, nothing, null);
        }
        if (Files.isDirectory(path)) {
            String text = "expected a file, got a folder, at " + path;
            return new SumsCheck(true, nothing, CheckedFile.of(file, FileState.DAMAGED, text, remedy(folder)));
        }
        try {
            return new SumsCheck(true, Sha256Sums.parse(Files.readAllBytes(path)), null);
        } catch (IOException e) {
            String text = "cannot read " + path + ": " + FileFailure.reason(e);
            return new SumsCheck(true, nothing, CheckedFile.of(file, FileState.UNREADABLE, text, remedy(folder)));
        }
    }

    private static String remedy(RunFolder folder) {
        return "use another copy, or write it anew with mamba-pkd distill --resume " + folder.path();
    }

    /**
     * The list itself.
     *
     * @param others all other files, checked
     */
    CheckedFile checked(RunFolder folder, Collection<CheckedFile> others) {
        RunFile file = RunFile.of(folder, folder.sums());
        if (unreadable != null) {
            return unreadable;
        }
        if (!sums.wrongLines().isEmpty()) {
            String numbers = sums.wrongLines().stream().map(String::valueOf).collect(Collectors.joining(", "));
            return CheckedFile.of(
                    file,
                    FileState.DAMAGED,
                    "expected a SHA-256 and a name in each line of " + folder.sums() + ", got something else in line "
                            + numbers,
                    remedy(folder));
        }
        List<String> unlisted = others.stream()
                .filter(other -> other.file().kind().isListed()
                        && other.state().isOfRun()
                        && sums.hashes(other.file().name()).isEmpty())
                .map(other -> other.file().name())
                .toList();
        return unlisted.isEmpty()
                ? CheckedFile.of(file, FileState.WHOLE)
                : CheckedFile.of(
                        file,
                        FileState.DAMAGED,
                        "expected all files of the run in " + folder.sums() + ", got none of the name "
                                + String.join(", ", unlisted),
                        remedy(folder));
    }
}
