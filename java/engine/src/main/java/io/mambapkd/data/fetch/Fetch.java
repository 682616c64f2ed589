package io.mambapkd.data.fetch;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.storage.LockHolder;
import io.mambapkd.storage.ProcessLock;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Gets the files of a published data set into the folder for data sets. */
public final class Fetch {
    /** Hears what is done. */
    public interface Listener {
        /** A download begins. */
        void started(String file);

        /**
         * Part of it has come.
         *
         * @param total 0 where it is not known
         */
        void progress(String file, long done, long total);

        /**
         * Another process gets the same data set, and is waited for. Called several times a second; what it throws ends the waiting.
         *
         * @param holder who gets it
         */
        void waiting(LockHolder holder);
    }

    private static final String MODULE = "java.net.http";
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long MOST_BYTES = 2L << 30;

    private final Path folder;
    private final Duration patience;
    private final long mostBytes;

    /** @param folder for data sets */
    public Fetch(Path folder) {
        this(folder, PATIENCE, MOST_BYTES);
    }

    /**
     * @param patience how long nothing may come
     * @param mostBytes of a file
     */
    Fetch(Path folder, Duration patience, long mostBytes) {
        this.folder = folder;
        this.patience = patience;
        this.mostBytes = mostBytes;
    }

    /**
     * Gets what is not there yet. Waits where another process gets the same data set, and then takes what that one got.
     *
     * @return the files that were downloaded; those that were there already are not among them
     * @throws InputException if a file cannot be got, or is another than expected, or an interrupt ends the waiting
     */
    public List<Path> get(Published set, Listener listener) {
        if (missing(set).isEmpty()) {
            return List.of();
        }
        ProcessLock lock = lock(set, listener);
        try {
            List<Path> downloaded = new ArrayList<>();
            for (Published.Item item : missing(set)) {
                downloaded.add(download(set, item, listener));
            }
            return downloaded;
        } finally {
            if (lock != null) {
                lock.close();
            }
        }
    }

    /** Null where the folder cannot be made or has no locks: two processes could then spoil each other's part, which its checksum tells. */
    private @Nullable ProcessLock lock(Published set, Listener listener) {
        try {
            Files.createDirectories(folder);
            return ProcessLock.await(folder.resolve("." + set.name() + ".lock"), listener::waiting);
        } catch (IOException withoutLocks) {
            return null;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new InputException(
                    new Problem("stopped while another process gets " + set.name(), "start again"), stopped);
        }
    }

    private List<Published.Item> missing(Published set) {
        return set.files().stream()
                .filter(item -> !isThere(place(set, item), item.checksum(), address(set, item)))
                .toList();
    }

    private static URI address(Published set, Published.Item item) {
        return WebAddress.of(set.address(item));
    }

    private Path download(Published set, Published.Item item, Listener listener) {
        URI address = address(set, item);
        Path target = place(set, item);
        requireModule(address, target);
        listener.started(item.name());
        new Download(patience, mostBytes)
                .get(address, item.checksum(), target, (done, total) -> listener.progress(item.name(), done, total));
        return target;
    }

    /** Where a file of a data set is put. */
    public Path place(Published set, Published.Item item) {
        return (set.folder().isEmpty() ? folder : folder.resolve(set.folder())).resolve(item.name());
    }

    private static boolean isThere(Path file, Checksum expected, URI address) {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try {
            Checksum got = expected.of(file);
            if (!got.equals(expected)) {
                throw new InputException(new Problem(
                        "expected a file with " + expected + ", got one with " + got + ", at " + file,
                        "remove it, and it is got anew from " + address));
            }
            return true;
        } catch (IOException e) {
            throw new InputException(
                    new Problem(
                            "cannot read " + file + ": " + FileFailure.reason(e),
                            "make it readable, or name another folder with --data-dir"),
                    e);
        }
    }

    /** The bundle for a machine with a GPU comes with a Java that has few modules. */
    private static void requireModule(URI address, Path target) {
        if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
            throw new InputException(new Problem(
                    "expected a Java with the module " + MODULE + ", got " + System.getProperty("java.home")
                            + " without it",
                    "run the program with a whole Java, or " + Download.byHand(address, target)));
        }
    }
}
