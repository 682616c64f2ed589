package io.mambapkd.data;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.data.archive.FileKind;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Says what is at a path where something else was expected: a link into nothing, a pipe, a folder that may not be entered. */
final class Place {
    private static final int TYPE_BITS = 0xF000;
    private static final Map<Integer, String> SPECIAL = Map.of(
            0x1000, "a pipe",
            0x2000, "a device",
            0x6000, "a device",
            0xC000, "a socket");

    private Place() {}

    /** @throws InputException if there is no regular file at {@code path} that can be read */
    static void requireFile(Path path) {
        String expected = "expected an IDX file, got ";
        String here = ", at " + path;
        String itself = "put the file itself under this name";
        try {
            Map<String, Object> attributes = Files.readAttributes(path, "isDirectory,isRegularFile");
            if (Boolean.TRUE.equals(attributes.get("isDirectory"))) {
                throw new InputException(new Problem(expected + "a folder" + here, itself));
            }
            if (!Boolean.TRUE.equals(attributes.get("isRegularFile"))) {
                throw new InputException(new Problem(expected + special(path) + here, itself));
            }
        } catch (IOException e) {
            throw unreachable(expected, path, link(path), e);
        }
    }

    /** @throws InputException if there is no folder at {@code path} that can be listed */
    static void requireFolder(Path path) {
        String expected = "expected a folder with the four IDX files, got ";
        String remedy = "name the folder that holds them";
        try {
            Map<String, Object> attributes = Files.readAttributes(path, "isDirectory,isRegularFile");
            if (!Boolean.TRUE.equals(attributes.get("isDirectory"))) {
                if (!Boolean.TRUE.equals(attributes.get("isRegularFile"))) {
                    throw new InputException(new Problem(expected + special(path) + ", at " + path, remedy));
                }
                FileKind kind = FileKind.of(path);
                throw new InputException(
                        kind == null
                                ? new Problem(expected + "a file, at " + path, remedy)
                                : new Problem(
                                        expected + kind.what() + ", at " + path, kind.remedy() + ", and " + remedy));
            }
        } catch (IOException e) {
            throw unreachable(expected, path, link(path), e, true);
        }
    }

    /** Target of a link, or null where {@code path} is none. */
    private static @Nullable Path link(Path path) {
        try {
            return Files.isSymbolicLink(path) ? Files.readSymbolicLink(path) : null;
        } catch (IOException e) {
            return null;
        }
    }

    /**
     * The sentence for a path that cannot be looked at.
     *
     * @param link where {@code path} leads, if it is a link
     */
    static InputException unreachable(String expected, Path path, @Nullable Path link, IOException failure) {
        return unreachable(expected, path, link, failure, false);
    }

    private static InputException unreachable(
            String expected, Path path, @Nullable Path link, IOException failure, boolean folder) {
        String here = ", at " + path;
        if (failure instanceof AccessDeniedException) {
            return new InputException(
                    new Problem(
                            expected + "a path that may not be entered (permission denied)" + here,
                            "allow your user to read it and to enter its folders, or copy the files to a folder of your own"),
                    failure);
        }
        if (isLoop(failure)) {
            return new InputException(
                    new Problem(
                            expected + "a link that leads back to itself" + here,
                            "put the file itself under this name"),
                    failure);
        }
        if (link != null) {
            return new InputException(
                    new Problem(
                            expected + "a link to " + link + ", which is not there" + here,
                            broughtBy(link, path, folder)),
                    failure);
        }
        if (failure instanceof java.nio.file.NoSuchFileException) {
            return new InputException(
                    new Problem(
                            expected + "nothing" + here,
                            "name the folder that holds the four IDX files"
                                    + (path.startsWith("~")
                                            ? "; the shell leaves ~ alone there: write $HOME in its place"
                                            : "")),
                    failure);
        }
        return new InputException(
                new Problem(
                        expected + "a path that cannot be looked at (" + FileFailure.reason(failure) + ")" + here,
                        "make it readable, or name another folder"),
                failure);
    }

    private static boolean isLoop(IOException failure) {
        return failure instanceof FileSystemException system
                && system.getReason() != null
                && system.getReason().toLowerCase(java.util.Locale.ROOT).contains("symbolic link");
    }

    /** What brings the file that a link stands for. */
    private static String broughtBy(Path link, Path path, boolean folder) {
        String target = link.toString();
        if (target.contains("annex/")) {
            return "git-annex keeps the file elsewhere: fetch it with git annex get " + path.getFileName();
        }
        if (target.contains("dvc")) {
            return "DVC keeps the file elsewhere: fetch it with dvc pull";
        }
        if (folder) {
            return "name the folder itself, or correct the link";
        }
        return "put the file itself under this name, or correct the link";
    }

    private static String special(Path path) {
        try {
            Object mode = Files.getAttribute(path, "unix:mode");
            return SPECIAL.getOrDefault((Integer) mode & TYPE_BITS, "something that is not a regular file");
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return "something that is not a regular file";
        }
    }

    /** Whether there is anything under this name, be it a link into nothing. */
    static boolean isTaken(Path path) {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }
}
