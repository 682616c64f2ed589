package io.mambapkd.data.fetch;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.Problem;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

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
     * Gets what is not there yet.
     *
     * @return the files that were downloaded; those that were there already are not among them
     * @throws InputException if a file cannot be got, or is another than expected
     */
    public List<Path> get(Published set, Listener listener) {
        List<Path> downloaded = new ArrayList<>();
        for (Published.Item item : set.files()) {
            Path target = place(set, item);
            URI address = WebAddress.of(set.address(item));
            if (isThere(target, item.checksum(), address)) {
                continue;
            }
            requireModule(address, target);
            listener.started(item.name());
            new Download(patience, mostBytes)
                    .get(
                            address,
                            item.checksum(),
                            target,
                            (done, total) -> listener.progress(item.name(), done, total));
            downloaded.add(target);
        }
        return downloaded;
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
