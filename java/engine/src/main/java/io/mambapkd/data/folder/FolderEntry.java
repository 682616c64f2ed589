package io.mambapkd.data.folder;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What is under a name, links followed.
 *
 * @param kind file, folder, or neither
 * @param size in bytes
 * @param changed made of the times of its last change
 */
public record FolderEntry(Kind kind, long size, long changed) {
    /** What an entry of a folder can be. */
    public enum Kind {
        FILE,
        FOLDER,
        OTHER
    }

    private static final String UNIX = "unix:mode,size,lastModifiedTime,ctime";
    private static final int TYPE = 0170000;
    private static final int LINK = 0120000;
    private static final int FILE = 0100000;
    private static final int FOLDER = 0040000;
    private static final long FACTOR = 0x9E3779B97F4A7C15L;

    /** @throws IOException if there is nothing, or it may not be looked at */
    public static FolderEntry of(Path path) throws IOException {
        if (!path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return portable(path);
        }
        Map<String, Object> itself = Files.readAttributes(path, UNIX, LinkOption.NOFOLLOW_LINKS);
        return unix(type(itself) == LINK ? Files.readAttributes(path, UNIX) : itself);
    }

    private static int type(Map<String, Object> found) {
        return (Integer) found.get("mode") & TYPE;
    }

    private static FolderEntry unix(Map<String, Object> found) {
        int type = type(found);
        long modified = nanos((FileTime) found.get("lastModifiedTime"));
        long changed = nanos((FileTime) found.get("ctime"));
        return new FolderEntry(
                type == FILE ? Kind.FILE : type == FOLDER ? Kind.FOLDER : Kind.OTHER,
                (Long) found.get("size"),
                modified * FACTOR + changed);
    }

    private static FolderEntry portable(Path path) throws IOException {
        BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class);
        Kind kind = found.isRegularFile() ? Kind.FILE : found.isDirectory() ? Kind.FOLDER : Kind.OTHER;
        return new FolderEntry(kind, found.size(), nanos(found.lastModifiedTime()));
    }

    private static long nanos(FileTime time) {
        return time.to(TimeUnit.NANOSECONDS);
    }

    /** Whether a link was followed until the system gave up. */
    static boolean isLoop(IOException failure) {
        return failure instanceof FileSystemException system
                && system.getReason() != null
                && system.getReason().toLowerCase(Locale.ROOT).contains("symbolic link");
    }
}
