package io.mambapkd.storage;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file that the user named with an option. What is there already decides how it is written:
 *
 * <ul>
 *   <li>nothing: a new file, durably as by {@link DurableFiles};
 *   <li>a file: it is replaced in one step and keeps owner, group and permissions; where that is impossible, as it has several names or its folder cannot be
 *       written, it is written over;
 *   <li>a link: it stays, and what it leads to is written, or made;
 *   <li>a pipe, a terminal, another device with characters, or an open stream such as {@code /dev/stdout} or {@code /dev/fd/63}: it is written into, once;
 *   <li>a folder, a socket, a disk, a pipe that no process reads: it is refused.
 * </ul>
 */
public final class OutputFile {
    private static final int MOST_LINKS = 40;
    private static final int SECONDS_FOR_A_READER = 3;
    /** An open stream of a process, as Linux names it. */
    private static final Pattern STREAM = Pattern.compile("/proc/(\\d+)(?:/task/\\d+)?/fd/(\\d+)");

    private static final int TYPE = 0170000;
    private static final int PIPE = 0010000;
    private static final int CHARACTERS = 0020000;
    private static final int SOCKET = 0140000;

    private enum Kind {
        NEW,
        FILE,
        STREAM
    }

    /** What is written in the end, behind all links. */
    private record Target(Path path, Kind kind) {}

    private final String option;
    private final Path place;

    private OutputFile(String option, Path place) {
        this.option = option;
        this.place = place;
    }

    /**
     * Looks at the place and changes nothing.
     *
     * @param option that names it, for errors
     * @throws InputException if it cannot be written
     */
    public static OutputFile of(String option, Path place) {
        OutputFile file = new OutputFile(option, place);
        file.target();
        return file;
    }

    /**
     * Writes the whole content.
     *
     * @throws InputException if that is impossible
     */
    public void write(byte[] content) {
        write(content, target());
    }

    /** Writes a text in UTF-8; as {@link #write(byte[])}. */
    public void write(String content) {
        write(content.getBytes(StandardCharsets.UTF_8));
    }

    /** The same for content that is not the last: a stream, which could not take it back, gets nothing. */
    public void renew(byte[] content) {
        Target target = target();
        if (target.kind() != Kind.STREAM) {
            write(content, target);
        }
    }

    /**
     * Writes content that may be larger than the memory. A file gets it as a whole or not at all; what {@code content} throws is thrown.
     *
     * @param content is asked once, and may take long
     */
    public void write(DurableFiles.Content content) {
        write(content, target());
    }

    private void write(byte[] bytes, Target target) {
        write(
                out -> {
                    ByteBuffer rest = ByteBuffer.wrap(bytes);
                    while (rest.hasRemaining()) {
                        out.write(rest);
                    }
                },
                target);
    }

    private void write(DurableFiles.Content content, Target target) {
        try {
            switch (target.kind()) {
                case NEW -> DurableFiles.replace(target.path(), content, option, temporary -> {});
                case FILE -> ReplacedFile.write(target.path(), content, option);
                case STREAM -> send(target.path(), content);
            }
        } catch (IOException failure) {
            throw DurableFiles.failed(place, failure, option);
        }
    }

    private void send(Path stream, DurableFiles.Content content) throws IOException {
        Matcher number = STREAM.matcher(stream.toString());
        boolean ours = number.matches()
                && number.group(1).equals(Long.toString(ProcessHandle.current().pid()));
        if (ours && number.group(2).equals("1")) {
            send(FileDescriptor.out, content);
        } else if (ours && number.group(2).equals("2")) {
            send(FileDescriptor.err, content);
        } else {
            try (FileChannel channel = opened(stream)) {
                content.writeTo(channel);
            }
        }
    }

    /** A pipe opens once there is a reader. */
    private FileChannel opened(Path stream) throws IOException {
        FutureTask<FileChannel> opening =
                new FutureTask<>(() -> FileChannel.open(stream, StandardOpenOption.WRITE, StandardOpenOption.APPEND));
        Thread thread = new Thread(opening, "mamba-pkd-pipe");
        thread.setDaemon(true);
        thread.start();
        try {
            return opening.get(SECONDS_FOR_A_READER, TimeUnit.SECONDS);
        } catch (TimeoutException nobody) {
            // This end lets the waiting thread go.
            FileChannel.open(stream, StandardOpenOption.READ, StandardOpenOption.WRITE)
                    .close();
            throw refused("a pipe that no process reads", "start its reader first, or name a file");
        } catch (ExecutionException failure) {
            throw failure.getCause() instanceof IOException io ? io : new IOException(failure.getCause());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IOException("the program was stopped", stopped);
        }
    }

    /** To a stream that stays open, behind what it was sent before. */
    private static void send(FileDescriptor descriptor, DurableFiles.Content content) throws IOException {
        OutputStream stream = new FileOutputStream(descriptor);
        content.writeTo(Channels.newChannel(stream));
        stream.flush();
    }

    private Target target() {
        try {
            return target(followed());
        } catch (IOException failure) {
            throw DurableFiles.failed(place, failure, option);
        }
    }

    /** Where the links lead, which need not be there. */
    private Path followed() throws IOException {
        Path at = place.toAbsolutePath();
        for (int links = 0; links <= MOST_LINKS; links++) {
            Path folder = at.getParent();
            Path name = at.getFileName();
            if (folder == null || name == null || Files.isDirectory(at)) {
                throw refused("a folder", "name a file in a folder that there is");
            }
            if (!Files.isDirectory(folder)) {
                throw unusable(folder, found(folder));
            }
            Path real = folder.toRealPath().resolve(name);
            if (!Files.isSymbolicLink(real) || STREAM.matcher(real.toString()).matches()) {
                return real;
            }
            at = real.resolveSibling(Files.readSymbolicLink(real));
        }
        throw refused("a link that leads to itself", "name another file");
    }

    private static String found(Path folder) {
        if (Files.exists(folder)) {
            return "a file";
        }
        return Files.notExists(folder) ? "nothing" : "one that may not be looked into";
    }

    private Target target(Path path) throws IOException {
        boolean stream = STREAM.matcher(path.toString()).matches();
        Kind kind;
        try {
            kind = stream ? Kind.STREAM : kind(path);
        } catch (NoSuchFileException missing) {
            Path folder = path.getParent();
            if (folder != null && !Files.isWritable(folder)) {
                throw unusable(folder, "one that cannot be written");
            }
            return new Target(path, Kind.NEW);
        }
        if (stream && !Files.exists(path)) {
            throw refused("a stream that is not open", "name a file");
        }
        if (!Files.isWritable(path)) {
            throw refused("one that may not be written", "change its permissions, or name another file");
        }
        return new Target(path, kind);
    }

    private Kind kind(Path path) throws IOException {
        if (!path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return Files.readAttributes(path, java.nio.file.attribute.BasicFileAttributes.class)
                            .isOther()
                    ? Kind.STREAM
                    : Kind.FILE;
        }
        int type = (Integer) Files.getAttribute(path, "unix:mode") & TYPE;
        return switch (type) {
            case PIPE, CHARACTERS -> Kind.STREAM;
            case SOCKET -> throw refused("a socket", "name a file");
            default -> {
                if (!Files.isRegularFile(path)) {
                    throw refused("a disk", "name a file");
                }
                yield Kind.FILE;
            }
        };
    }

    private InputException refused(String got, String remedy) {
        return new InputException("expected a file with " + option + ", got " + got + " at " + place + "; " + remedy);
    }

    private InputException unusable(Path folder, String found) {
        return new InputException("expected a file in a folder that can be written with " + option + ", got " + place
                + " with " + found + " at " + folder + "; make the folder, or name another file");
    }

    /** The owner, the group or the permissions of a file could not be given to another. */
    static final class AttributesException extends FileSystemException {
        private static final long serialVersionUID = 1L;

        AttributesException(Path file, IOException cause) {
            super(file.toString(), null, FileFailure.reason(cause));
            initCause(cause);
        }
    }
}
