package io.mambapkd.ops.cuda.natives;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.commons.io.file.PathUtils;

/**
 * A fresh folder that only this user may enter, for libraries on their way from a jar to the system's loader. What is in
 * it can be neither planted nor half written by another process. Closing deletes it; loaded libraries stay loaded.
 */
final class NativesFolder implements AutoCloseable {
    /** Names another place for it. */
    static final String SETTING = "-Djava.io.tmpdir=FOLDER in MAMBA_PKD_OPTS";

    private static final String PREFIX = "mamba-pkd-natives-";
    private static final int OWNER_ONLY = 0700;
    private static final int PERMISSIONS = 0777;

    private final Path folder;

    private NativesFolder(Path folder) {
        this.folder = folder;
    }

    /**
     * Makes a folder in {@code parent}.
     *
     * @throws InputException if it cannot, or if the folder that came of it is open to others
     */
    static NativesFolder in(Path parent) {
        try {
            Path folder = Files.createTempDirectory(
                    parent, PREFIX, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            try {
                requirePrivate(folder);
                return new NativesFolder(folder);
            } catch (InputException | IOException refused) {
                Files.delete(folder);
                throw refused;
            }
        } catch (IOException | UnsupportedOperationException failure) {
            throw new InputException(
                    new Problem(
                            "cannot make a private folder in " + parent + " for JCuda's libraries (" + reason(failure)
                                    + ")",
                            "name another place with " + SETTING),
                    failure);
        }
    }

    /** @throws InputException if the folder is not of this user alone */
    static void requirePrivate(Path folder) throws IOException {
        int permissions = (Integer) Files.getAttribute(folder, "unix:mode", LinkOption.NOFOLLOW_LINKS) & PERMISSIONS;
        Object owner = Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS);
        Object self = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        if (permissions != OWNER_ONLY || !owner.equals(self)) {
            throw new InputException(new Problem(
                    "the folder " + folder + " for JCuda's libraries must be of user " + self
                            + " with mode 700, got user " + owner + " with mode " + Integer.toOctalString(permissions),
                    "name a place on another file system with " + SETTING));
        }
    }

    /** Whether a file is in such a folder, which may be gone. */
    static boolean holds(Path file) {
        Path parent = file.getParent();
        return parent != null && String.valueOf(parent.getFileName()).startsWith(PREFIX);
    }

    private static String reason(Exception failure) {
        return failure instanceof IOException file
                ? FileFailure.reason(file)
                : "its file system keeps no permissions of files";
    }

    Path path() {
        return folder;
    }

    /**
     * Writes {@code contents} to a new file.
     *
     * @throws InputException if it cannot
     */
    Path put(String name, InputStream contents) {
        Path file = folder.resolve(name);
        try (var output = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            contents.transferTo(output);
            return file;
        } catch (IOException failure) {
            throw new InputException(
                    new Problem(
                            "cannot write " + file + " (" + reason(failure) + ")",
                            "name a place with more room with " + SETTING),
                    failure);
        }
    }

    /** Deletes the folder with its files. */
    @Override
    public void close() {
        try {
            PathUtils.deleteDirectory(folder);
        } catch (NoSuchFileException gone) {
            // Somebody else has cleaned up.
        } catch (IOException failure) {
            throw new InputException(
                    new Problem("cannot delete " + folder + ": " + reason(failure), "remove it by hand"), failure);
        }
    }
}
