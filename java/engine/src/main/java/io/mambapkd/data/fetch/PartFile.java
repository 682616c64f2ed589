package io.mambapkd.data.fetch;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.Problem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/**
 * A file that is not all there: {@code NAME.part} beside where it will be, and {@code NAME.part.of}, which says what it is a part of. It stays when the program is ended, so that the next
 * one goes on with it. {@link Fetch} keeps other processes from writing it.
 */
final class PartFile implements AutoCloseable {
    private final Path target;
    private final Path part;
    private final Path origin;
    private final FileChannel channel;

    private PartFile(Path target, Path part, Path origin, FileChannel channel) {
        this.target = target;
        this.part = part;
        this.origin = origin;
        this.channel = channel;
    }

    /** @throws InputException if it cannot be written */
    static PartFile open(Path target) {
        Path part = target.resolveSibling(target.getFileName() + ".part");
        try {
            Files.createDirectories(target.toAbsolutePath().getParent());
            FileChannel channel = FileChannel.open(
                    part, StandardOpenOption.WRITE, StandardOpenOption.CREATE, LinkOption.NOFOLLOW_LINKS);
            return new PartFile(target, part, target.resolveSibling(part.getFileName() + ".of"), channel);
        } catch (IOException e) {
            throw failed(part, e);
        }
    }

    private static InputException failed(Path file, IOException failure) {
        return new InputException(
                new Problem(
                        "cannot write " + file + ": " + FileFailure.reason(failure),
                        "make room or make the folder writable, or name another one with --data-dir; what was"
                                + " downloaded stays, and the same command goes on with it"),
                failure);
    }

    /** Bytes that are there. */
    long size() {
        try {
            return channel.size();
        } catch (IOException e) {
            throw failed(part, e);
        }
    }

    /** The version of the file at {@code address} that this is a part of, if that is known; empty where it is a part of another. */
    Optional<String> validator(String address) {
        try {
            List<String> lines = Files.readAllLines(origin, StandardCharsets.UTF_8);
            return lines.size() == 2 && lines.get(0).equals(address) ? Optional.of(lines.get(1)) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** What follows is written from the start. */
    void restart(String address, Optional<String> validator) {
        try {
            channel.truncate(0);
            Files.deleteIfExists(origin);
            if (validator.isPresent() && !validator.get().isBlank()) {
                Files.writeString(
                        origin,
                        address + "\n" + validator.get().strip() + "\n",
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.WRITE);
            }
        } catch (IOException e) {
            throw failed(part, e);
        }
    }

    /** Writes behind what is there. */
    void append(byte[] bytes, int length) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, length);
        try {
            channel.position(channel.size());
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        } catch (IOException e) {
            throw failed(part, e);
        }
    }

    Checksum checksum(Checksum expected) {
        try {
            return expected.of(part);
        } catch (IOException e) {
            throw failed(part, e);
        }
    }

    /** It is whole: it gets its name. */
    void finish() {
        try {
            channel.force(true);
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
            Files.deleteIfExists(origin);
        } catch (IOException e) {
            throw failed(target, e);
        }
    }

    /** It is of no use. */
    void remove() {
        try {
            Files.deleteIfExists(part);
            Files.deleteIfExists(origin);
        } catch (IOException e) {
            throw failed(part, e);
        }
    }

    /** An empty one does not stay. */
    @Override
    public void close() {
        try {
            boolean empty = channel.size() == 0;
            channel.close();
            if (empty) {
                remove();
            }
        } catch (IOException e) {
            throw failed(part, e);
        }
    }
}
