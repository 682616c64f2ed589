package io.mambapkd.data.folder;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.Problem;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is in a folder: hidden files and what systems leave behind do not count. */
final class Children {
    private static final Set<String> LEFT_BEHIND =
            Set.of("thumbs.db", "desktop.ini", "__macosx", "@eadir", "lost+found");

    private Children() {}

    /** What is under a name; null, and a bad file, where that cannot be told. */
    static @Nullable FolderEntry look(Path path, String name, List<BadFile> bad) {
        try {
            return FolderEntry.of(path);
        } catch (IOException e) {
            bad.add(new BadFile(
                    name,
                    FolderEntry.isLoop(e)
                            ? "a link that leads back to itself"
                            : Files.isSymbolicLink(path)
                                    ? "a link to something that is not there"
                                    : "a file that cannot be looked at (" + FileFailure.reason(e) + ")"));
            return null;
        }
    }

    /** Without those that systems leave behind. */
    static List<Path> of(Path folder) {
        List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
            for (Path child : stream) {
                String name = String.valueOf(child.getFileName());
                if (!name.startsWith(".") && !LEFT_BEHIND.contains(name.toLowerCase(Locale.ROOT))) {
                    children.add(child);
                }
            }
        } catch (IOException e) {
            throw unreadable(folder, e);
        } catch (DirectoryIteratorException e) {
            throw unreadable(folder, e.getCause());
        }
        return children;
    }

    static InputException unreadable(Path folder, IOException e) {
        return new InputException(
                new Problem(
                        "cannot read the folder " + folder + ": " + FileFailure.reason(e),
                        "allow your user to read it and to enter it"),
                e);
    }
}
