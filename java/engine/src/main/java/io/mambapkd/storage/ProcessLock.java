package io.mambapkd.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A file that one process at a time holds, as a sign that it uses what the file stands for.
 *
 * <p>What counts is the operating system's lock on the file, not that there is a file. The lock ends with its process, however that ends, so that a killed process leaves none behind. The file stays: if
 * it were removed, two processes could hold two files of one name. Its one line tells who holds it, for messages alone; while nobody does it is empty, or tells of a process that was killed.
 *
 * <p>It keeps out processes that ask for it, on one machine with any disk of its own, and on several machines with a network file system whose locks reach the server (NFS 4, NFS 3 with its lock service, SMB, CephFS, GPFS). Mounted
 * with local locks (nolock, local_lock, localflock), a network file system keeps apart the processes of one machine alone. Where a file system has no locks at all, {@link #take} says so by an IOException.
 *
 * <p>Nothing else in the program may open such a file, not even to read it: POSIX ends a process's lock as soon as the process closes any stream on the file.
 */
public final class ProcessLock implements AutoCloseable {
    /** Another process holds the file, or this one does already. */
    public static final class HeldException extends FileSystemException {
        private static final long serialVersionUID = 1L;

        private final LockHolder holder;

        HeldException(Path file, LockHolder holder) {
            super(file.toString(), null, "held by " + holder);
            this.holder = holder;
        }

        /** Who holds it. */
        public LockHolder holder() {
            return holder;
        }
    }

    /** In the place of the file there is something that must be neither followed nor written to. */
    public static final class NoLockFileException extends FileSystemException {
        private static final long serialVersionUID = 1L;

        /** @param what completes {@code expected ..., got WHAT} */
        NoLockFileException(Path file, String what) {
            super(file.toString(), null, what);
        }
    }

    /** Hears that a process waits. */
    @FunctionalInterface
    public interface Waiting {
        /** Called several times a second; what it throws ends the waiting. */
        void on(LockHolder holder);
    }

    /** How often another process is asked for its name: it writes that right after it has taken the lock. */
    private static final int MOST_QUESTIONS = 50;

    private static final long MILLIS_BETWEEN_QUESTIONS = 20;
    private static final long MILLIS_BETWEEN_TRIES = 100;
    private static final int LONGEST_LINE = 1024;
    /** What a power cut may leave of a line: its length alone. */
    private static final Pattern NOTHING = Pattern.compile("\0*");

    /** The files that this process holds; whoever opens or closes one of such files has this monitor. */
    private static final Map<Path, ProcessLock> HELD = new HashMap<>();

    private final Path key;
    private final FileChannel channel;

    private ProcessLock(Path key, FileChannel channel) {
        this.key = key;
        this.channel = channel;
    }

    /**
     * Takes a file, making it if there is none.
     *
     * @throws HeldException if another process holds it, or this one does already
     * @throws NoLockFileException if a folder, a link, or a file with other content has its name
     * @throws IOException if it cannot be made or written, or the file system has no locks
     */
    public static ProcessLock take(Path file) throws IOException {
        return asked(() -> taken(file));
    }

    /**
     * Takes a file as soon as nobody else holds it. An interrupt ends the waiting.
     *
     * @throws IOException as {@link #take}, but for {@link HeldException}
     */
    public static ProcessLock await(Path file, Waiting waiting) throws IOException, InterruptedException {
        while (true) {
            try {
                return take(file);
            } catch (HeldException held) {
                waiting.on(held.holder());
            } catch (ClosedByInterruptException interrupted) {
                // The sleep ends at once.
            }
            Thread.sleep(MILLIS_BETWEEN_TRIES);
        }
    }

    /** Who holds a file; nobody where that cannot be found out. Makes and changes nothing. */
    public static Optional<LockHolder> holder(Path file) {
        try {
            asked(() -> {
                look(file);
                return file;
            });
            return Optional.empty();
        } catch (HeldException held) {
            return Optional.of(held.holder());
        } catch (IOException unknown) {
            return Optional.empty();
        }
    }

    /** What may find a file held. */
    private interface Question<T> {
        T ask() throws IOException;
    }

    /** Asks again where nobody says that he holds the file: he may be about to, or was only looking. */
    private static <T> T asked(Question<T> question) throws IOException {
        for (int asked = 1; ; asked++) {
            try {
                return question.ask();
            } catch (HeldException held) {
                if (asked == MOST_QUESTIONS || held.holder().isPlausible()) {
                    throw held;
                }
                pause(held);
            }
        }
    }

    private static void pause(HeldException held) throws HeldException {
        try {
            Thread.sleep(MILLIS_BETWEEN_QUESTIONS);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw held;
        }
    }

    private static ProcessLock taken(Path file) throws IOException {
        synchronized (HELD) {
            Path key = free(file);
            requireFile(file);
            FileChannel channel = FileChannel.open(
                    file,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.CREATE,
                    LinkOption.NOFOLLOW_LINKS);
            try {
                lock(channel, file, false);
                requireOwn(channel, file);
                write(channel, LockHolder.SELF.line());
            } catch (IOException | RuntimeException failure) {
                close(channel);
                throw failure;
            }
            ProcessLock held = new ProcessLock(key, channel);
            HELD.put(key, held);
            return held;
        }
    }

    /** Several processes may look at once. */
    private static void look(Path file) throws IOException {
        synchronized (HELD) {
            free(file);
            requireFile(file);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
                lock(channel, file, true);
            }
        }
    }

    /** The file by its one name, unless this process holds it. */
    private static Path free(Path file) throws IOException {
        Path absolute = file.toAbsolutePath();
        Path folder = absolute.getParent();
        if (folder == null) {
            throw new NoLockFileException(file, "a folder");
        }
        Path key = folder.toRealPath().resolve(absolute.getFileName());
        if (HELD.containsKey(key)) {
            throw new HeldException(file, LockHolder.SELF);
        }
        return key;
    }

    private static void requireFile(Path file) throws IOException {
        try {
            BasicFileAttributes found =
                    Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!found.isRegularFile()) {
                throw new NoLockFileException(
                        file, found.isDirectory() ? "a folder" : found.isSymbolicLink() ? "a link" : "no plain file");
            }
        } catch (NoSuchFileException none) {
            // It is made.
            return;
        }
    }

    private static void lock(FileChannel channel, Path file, boolean shared) throws IOException {
        boolean locked;
        try {
            locked = channel.tryLock(0, Long.MAX_VALUE, shared) != null;
        } catch (OverlappingFileLockException ours) {
            throw new HeldException(file, LockHolder.SELF);
        }
        if (!locked) {
            throw new HeldException(file, LockHolder.of(line(channel)));
        }
    }

    /** A file of the user's that happens to have the name keeps its content. */
    private static void requireOwn(FileChannel channel, Path file) throws IOException {
        String line = line(channel);
        boolean own = NOTHING.matcher(line).matches() || !LockHolder.of(line).isUnknown();
        if (!own || channel.size() >= LONGEST_LINE) {
            throw new NoLockFileException(file, "a file with other content");
        }
    }

    private static String line(FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(LONGEST_LINE);
        channel.read(bytes, 0);
        return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    }

    /** The lock holds without the line, too, which a full disk may not take. */
    private static void write(FileChannel channel, String line) throws ClosedByInterruptException {
        try {
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)), 0);
        } catch (ClosedByInterruptException closed) {
            throw closed;
        } catch (IOException unwritten) {
            return;
        }
    }

    /** What goes wrong here changes nothing: a lock ends with its stream. */
    private static void close(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException ended) {
            return;
        }
    }

    /** Gives the file back. */
    @Override
    public void close() {
        synchronized (HELD) {
            if (HELD.remove(key, this)) {
                try {
                    write(channel, "");
                } catch (ClosedByInterruptException closed) {
                    return;
                } finally {
                    close(channel);
                }
            }
        }
    }
}
