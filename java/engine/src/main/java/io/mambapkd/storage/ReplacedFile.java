package io.mambapkd.storage;

import io.mambapkd.InputException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Gives a file that is there a new content: in one step, with owner, group and permissions kept, or, where that is impossible, as it has several names or its folder cannot be written, by writing over it once
 * all of the content is at hand.
 */
final class ReplacedFile {
    private ReplacedFile() {}

    /** @param option that names the file, for messages */
    static void write(Path file, DurableFiles.Content content, String option) throws IOException {
        if (!isReplaceable(file)) {
            Path spooled = Files.createTempFile("mamba-pkd-", ".new");
            try {
                try (FileChannel channel = FileChannel.open(spooled, StandardOpenOption.WRITE)) {
                    content.writeTo(channel);
                }
                writeOver(file, spooled);
            } finally {
                Files.delete(spooled);
            }
            return;
        }
        try {
            DurableFiles.replace(file, content, option, temporary -> finish(file, temporary));
        } catch (InputException failure) {
            if (!(failure.getCause() instanceof WrittenOverException)) {
                throw failure;
            }
        }
    }

    /** Gives the file that is written what the old one has. To write over that needs less: neither room for two nor the right to give a file away. */
    private static void finish(Path file, Path temporary) throws IOException {
        try {
            LocalDisk.copyAttributes(file, temporary);
        } catch (OutputFile.AttributesException refused) {
            writeOver(file, temporary);
            throw new WrittenOverException(refused);
        }
    }

    private static void writeOver(Path file, Path with) throws IOException {
        try (FileChannel from = FileChannel.open(with, StandardOpenOption.READ);
                FileChannel to = FileChannel.open(file, StandardOpenOption.WRITE)) {
            long size = from.size();
            for (long at = 0; at < size; ) {
                at += from.transferTo(at, size - at, to);
            }
            to.truncate(size);
            to.force(true);
        }
    }

    private static boolean isReplaceable(Path file) throws IOException {
        Path folder = file.getParent();
        boolean unix = file.getFileSystem().supportedFileAttributeViews().contains("unix");
        boolean alone = !unix || ((Integer) Files.getAttribute(file, "unix:nlink")) == 1;
        return alone && folder != null && Files.isWritable(folder);
    }

    /** The file has its new content, in its own place. */
    private static final class WrittenOverException extends IOException {
        private static final long serialVersionUID = 1L;

        WrittenOverException(IOException cause) {
            super(cause);
        }
    }
}
