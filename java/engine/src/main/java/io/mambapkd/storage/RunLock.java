package io.mambapkd.storage;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.Problem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A run folder that no other process writes into until this is closed, by a {@link ProcessLock} in it. Whoever only reads a run needs none. */
public final class RunLock implements AutoCloseable {
    private final @Nullable ProcessLock lock;
    private final List<String> notes;

    private RunLock(@Nullable ProcessLock lock, List<String> notes) {
        this.lock = lock;
        this.notes = notes;
    }

    /**
     * Takes the folder of a run that is to begin, and makes it where it is missing; {@link RunFolder#create} follows.
     *
     * @throws RunLockedException if another process uses it
     * @throws InputException if there is something in it already, or it cannot be made
     */
    public static RunLock ofNew(Path path) {
        requireFree(path);
        RunFolder folder = new RunFolder(path);
        new NewRunFolder(folder).makeAlone();
        return of(folder);
    }

    /**
     * Takes the folder of a run that was begun before.
     *
     * @throws RunLockedException if another process uses it
     */
    public static RunLock of(RunFolder folder) {
        Path file = folder.lock();
        try {
            return new RunLock(ProcessLock.take(file), List.of());
        } catch (ProcessLock.HeldException held) {
            throw refused(folder.path(), held.holder());
        } catch (ProcessLock.NoLockFileException other) {
            throw new InputException(
                    new Problem(
                            "expected nothing or a lock of this program, got " + other.getReason() + ", at " + file,
                            "remove it"),
                    other);
        } catch (IOException withoutLocks) {
            return new RunLock(
                    null,
                    List.of("the run folder " + folder.path() + " cannot be locked (" + FileFailure.reason(withoutLocks)
                            + "); see to it that no other process uses it"));
        }
    }

    /**
     * Takes the folder of a run if a file is to be written into it.
     *
     * @param file anywhere; null for none
     * @throws RunLockedException if another process uses the folder
     */
    public static RunLock ofOutput(RunFolder folder, @Nullable Path file) {
        return file != null && folder.contains(file) ? of(folder) : new RunLock(null, List.of());
    }

    /**
     * Takes nothing, and makes nothing.
     *
     * @param path of a run folder, or where one is to be
     * @throws RunLockedException if another process uses it
     */
    public static RunLock requireFree(Path path) {
        ProcessLock.holder(new RunFolder(path).lock()).ifPresent(holder -> {
            throw refused(path, holder);
        });
        return new RunLock(null, List.of());
    }

    private static RunLockedException refused(Path path, LockHolder holder) {
        return new RunLockedException(new Problem(
                "expected a run folder that no other process uses, got one in use by " + holder + ", at " + path,
                "wait until it ends, or stop it"));
    }

    /** What the user must know, each a sentence. */
    public List<String> notes() {
        return notes;
    }

    @Override
    public void close() {
        if (lock != null) {
            lock.close();
        }
    }
}
