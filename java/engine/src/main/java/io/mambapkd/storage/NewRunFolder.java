package io.mambapkd.storage;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Makes the folder of a new run. It must not exist, or hold nothing but a lock. */
final class NewRunFolder {
    private final RunFolder folder;
    private final Path path;

    NewRunFolder(RunFolder folder) {
        this.folder = folder;
        this.path = folder.path();
    }

    /** Makes all of it, and keeps it through a power cut. */
    void make() {
        makeAlone();
        try {
            for (Path file : leftByAStart()) {
                Files.deleteIfExists(file);
            }
            // Where file systems have no locks, a second process that found the run folder empty too fails here.
            Files.createDirectory(folder.checkpoints());
            Disk disk = new LocalDisk();
            disk.forceFolder(path);
            forceParent(disk);
        } catch (IOException e) {
            throw unmade(e);
        }
    }

    /** Makes the folder alone, where it is missing. */
    void makeAlone() {
        requireEmpty();
        try {
            // Java 17 would refuse a link to a folder.
            if (!Files.exists(path)) {
                Files.createDirectories(path);
            }
        } catch (IOException e) {
            throw unmade(e);
        }
    }

    private InputException unmade(IOException e) {
        return e instanceof FileAlreadyExistsException
                ? new InputException(taken("one in use, or with a file in the place of a parent folder"), e)
                : new InputException(
                        "cannot make the run folder " + path + ": " + FileFailure.reason(e)
                                + "; name a place that can be written with --out",
                        e);
    }

    /** Makes nothing. */
    void requireEmpty() {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.isDirectory(path)) {
            throw new InputException(taken("a file"));
        }
        List<Path> left = leftByAStart();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(path)) {
            for (Path file : files) {
                if (!left.contains(file) && !file.equals(folder.lock())) {
                    throw new InputException(taken("a folder that is not empty"));
                }
            }
        } catch (DirectoryIteratorException e) {
            throw unreadable(e.getCause());
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /** What there may be of a run that was killed between its run.json and its config.yaml; a folder of checkpoints only where it is empty. */
    private List<Path> leftByAStart() {
        Path halfRecord = DurableFiles.temporary(folder.record());
        if (Files.exists(folder.config()) || !Files.exists(folder.record()) && !Files.exists(halfRecord)) {
            return List.of();
        }
        List<Path> files =
                new ArrayList<>(List.of(folder.record(), halfRecord, DurableFiles.temporary(folder.config())));
        String[] checkpoints = folder.checkpoints().toFile().list();
        if (checkpoints != null && checkpoints.length == 0) {
            files.add(folder.checkpoints());
        }
        return files;
    }

    private InputException unreadable(IOException e) {
        return new InputException(
                "cannot look into the run folder " + path + ": " + FileFailure.reason(e)
                        + "; name another one with --out",
                e);
    }

    private String taken(String got) {
        return "expected a new or empty run folder, got " + got + ", at " + path
                + "; name another one with --out, or remove it";
    }

    /** Keeps the folder's own name through a power cut. */
    private void forceParent(Disk disk) throws IOException {
        Path parent = path.toRealPath().getParent();
        if (parent != null && Files.isReadable(parent)) {
            disk.forceFolder(parent);
        }
    }
}
