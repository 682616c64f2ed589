package io.mambapkd.storage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/** The system calls that durable writing is made of. Tests put a disk in its place that fails or loses power. */
interface Disk {
    /** A file open for writing. */
    interface Output extends AutoCloseable {
        /** Writes some of the remaining bytes; returns how many. */
        int write(ByteBuffer bytes) throws IOException;

        /** Current length in bytes. */
        long size() throws IOException;

        /** Cuts the file to {@code size} bytes. */
        void truncate(long size) throws IOException;

        /** Returns once everything written has reached the storage device. */
        void force() throws IOException;

        @Override
        void close() throws IOException;
    }

    /** Makes a file that must not exist, not even as a dangling link. */
    Output create(Path file) throws IOException;

    /** Opens a file for writing at its end, making it if there is none; never through a link. */
    Output append(Path file) throws IOException;

    /** Gives {@code file} the name {@code target} in one step, replacing what has that name. */
    void move(Path file, Path target) throws IOException;

    /** Returns once the names in a folder have reached the storage device. */
    void forceFolder(Path folder) throws IOException;

    /** Removes a file, or a folder without any. */
    void deleteIfExists(Path file) throws IOException;

    /** Makes a folder where there is none; returns whether there was none. */
    boolean makeFolder(Path folder) throws IOException;

    /** The files in a folder; none where there is no folder. */
    List<Path> files(Path folder) throws IOException;

    /** Opens a regular file to read; never through a link. */
    InputStream read(Path file) throws IOException;
}
