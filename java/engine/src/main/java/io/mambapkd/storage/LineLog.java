package io.mambapkd.storage;

import io.mambapkd.InputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A text file that grows by whole lines, such as metrics.jsonl. Each line is one write at the end of the file, forced to the storage device
 * before {@link #append} returns; one that fails leaves nothing of itself behind.
 */
public final class LineLog implements AutoCloseable {
    private final Path file;
    private final Disk.Output output;

    private LineLog(Path file, Disk.Output output) {
        this.file = file;
        this.output = output;
    }

    /**
     * Opens a file to add to, making it if there is none.
     *
     * @throws InputException if that is impossible
     */
    public static LineLog open(Path file) {
        return open(new LocalDisk(), file);
    }

    static LineLog open(Disk disk, Path file) {
        try {
            return new LineLog(file, disk.append(file));
        } catch (IOException e) {
            throw DurableFiles.failed(file, e);
        }
    }

    /**
     * Adds a line.
     *
     * @param line without its end
     * @throws InputException if that is impossible
     */
    public void append(String line) {
        if (line.indexOf('\n') >= 0) {
            throw new IllegalArgumentException("a line of " + file + " must not contain a line end");
        }
        ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
        try {
            long before = output.size();
            try {
                // More than one round only where the disk takes part of a line, which a full one does.
                while (bytes.hasRemaining()) {
                    output.write(bytes);
                }
                output.force();
            } catch (IOException e) {
                cutBack(before, e);
                throw e;
            }
        } catch (IOException e) {
            throw DurableFiles.failed(file, e);
        }
    }

    private void cutBack(long size, IOException failure) {
        try {
            output.truncate(size);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    @Override
    public void close() {
        try {
            output.close();
        } catch (IOException e) {
            throw DurableFiles.failed(file, e);
        }
    }
}
