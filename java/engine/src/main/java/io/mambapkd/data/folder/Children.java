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
public final class Children {
    private static final Set<String> LEFT_BEHIND =
            Set.of("thumbs.db", "desktop.ini", "__macosx", "@eadir", "lost+found");

    private Children() {}

    /** What is under a name; null, and a bad file, where that cannot be told. */
    public static @Nullable FolderEntry look(Path path, String name, List<BadFile> bad) {
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
        try {
            List<Path> children = names(folder);
            children.replaceAll(folder::resolve);
            return children;
        } catch (IOException e) {
            throw unreadable(folder, e);
        }
    }

    /** The names alone, in no order; paths of a million files would be several times larger. */
    public static List<Path> names(Path folder) throws IOException {
        List<Path> names = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
            for (Path child : stream) {
                Path name = child.getFileName();
                if (counts(name.toString())) {
                    names.add(name);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return names;
    }

    /** Whether a name is neither hidden nor what systems leave behind. */
    public static boolean counts(String name) {
        return !name.startsWith(".") && !LEFT_BEHIND.contains(name.toLowerCase(Locale.ROOT));
    }

    static InputException unreadable(Path folder, IOException e) {
        return new InputException(
                new Problem(
                        "cannot read the folder " + folder + ": " + FileFailure.reason(e),
                        "allow your user to read it and to enter it"),
                e);
    }
}
