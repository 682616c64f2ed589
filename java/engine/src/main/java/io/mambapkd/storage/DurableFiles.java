package io.mambapkd.storage;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * The one writer of whole files in a run folder. A file under its final name is complete and has reached the storage device; until then
 * what had the name before stays as it was, through a full disk, a killed process and a power cut.
 *
 * <p>In this order: a temporary file {@code .NAME.new} in the same folder, write, force, close, move over the name in one step, force the
 * folder. The force before the move keeps the new name from pointing at content that was never written; the one after it keeps the name.
 */
public final class DurableFiles {
    private static final DurableFiles LOCAL = new DurableFiles(new LocalDisk());

    /** The option that names run folders. */
    private static final String OUT = "--out";
    /** A longer one is abbreviated in the name of the temporary file. */
    private static final int LONGEST_NAME = 60;

    private static final Pattern TEMPORARY = Pattern.compile("(?s)\\..+\\.new");

    private final Disk disk;

    DurableFiles(Disk disk) {
        this.disk = disk;
    }

    /**
     * Writes a file, replacing what has its name.
     *
     * @throws InputException if that is impossible; the name then keeps what it had
     */
    public static void write(Path file, byte[] content) {
        LOCAL.replace(file, content);
    }

    /** Writes a text in UTF-8; as {@link #write(Path, byte[])}. */
    public static void write(Path file, String content) {
        LOCAL.replace(file, content.getBytes(StandardCharsets.UTF_8));
    }

    /** Writes a file without an array of it; as {@link #write(Path, byte[])}. */
    public static void write(Path file, Content content) {
        LOCAL.replace(file, content);
    }

    /** What a file is to hold, for one that is too large for an array. */
    public interface Content {
        void writeTo(WritableByteChannel out) throws IOException;
    }

    /**
     * Writes a file that another process may be writing, too; as {@link #write(Path, byte[])}.
     *
     * @param temporary its name until it is complete, in the same folder and no other process's
     */
    public static void write(Path file, Path temporary, Content content) {
        LOCAL.replaced(file, temporary, content, OUT, written -> {});
    }

    /** What is done to a file that is written and has not got its name. */
    interface Finish {
        void apply(Path temporary) throws IOException;
    }

    /** Writes a file that the user named with an option; as {@link #write(Path, byte[])}. */
    static void replace(Path file, byte[] content, String option, Finish finish) {
        LOCAL.replaced(file, bytes(content), option, finish);
    }

    /** The same without an array of the content. What {@code content} throws is thrown, and nothing is left of the file. */
    static void replace(Path file, Content content, String option, Finish finish) {
        LOCAL.replaced(file, content, option, finish);
    }

    void replace(Path file, byte[] content) {
        replaced(file, bytes(content), OUT, temporary -> {});
    }

    void replace(Path file, Content content) {
        replaced(file, content, OUT, temporary -> {});
    }

    private static Content bytes(byte[] content) {
        return out -> {
            ByteBuffer rest = ByteBuffer.wrap(content);
            while (rest.hasRemaining()) {
                out.write(rest);
            }
        };
    }

    private void replaced(Path file, Content content, String option, Finish finish) {
        Path name = file.getFileName();
        if (name == null) {
            throw new InputException("cannot write " + file + ": it has no file name; name a file");
        }
        Path temporary = temporary(file);
        replaced(file, temporary, content, option, finish);
    }

    private void replaced(Path file, Path temporary, Content content, String option, Finish finish) {
        try {
            // Left over from a process that was killed.
            disk.deleteIfExists(temporary);
            try (Disk.Output output = disk.create(temporary)) {
                content.writeTo(new Output(output));
                output.force();
            }
            finish.apply(temporary);
            disk.move(temporary, file);
        } catch (IOException e) {
            throw failed(file, removed(temporary, e), option);
        } catch (RuntimeException | Error e) {
            removed(temporary, e);
            throw e;
        }
        try {
            disk.forceFolder(file.toAbsolutePath().getParent());
        } catch (IOException e) {
            throw new InputException(
                    "wrote " + file + ", but it may not survive a power cut: " + FileFailure.reason(e)
                            + "; check the disk that holds it",
                    e);
        }
    }

    /** Passes bytes on. */
    private record Output(Disk.Output file) implements WritableByteChannel {
        @Override
        public int write(ByteBuffer bytes) throws IOException {
            return file.write(bytes);
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    private <E extends Throwable> E removed(Path temporary, E failure) {
        try {
            disk.deleteIfExists(temporary);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
        return failure;
    }

    /** Where a file is until it is complete. The name is no longer than file systems allow where the file's own is not. */
    static Path temporary(Path file) {
        String name = String.valueOf(file.getFileName());
        return file.resolveSibling(
                "." + (name.length() <= LONGEST_NAME ? name : Integer.toHexString(name.hashCode())) + ".new");
    }

    /** Whether a file has the name of one that is being written, or was until its process ended. */
    static boolean isTemporary(String name) {
        return TEMPORARY.matcher(name).matches();
    }

    static InputException failed(Path file, IOException cause) {
        return failed(file, cause, OUT);
    }

    /** @param option that names another place */
    static InputException failed(Path file, IOException cause, String option) {
        return new InputException(
                "cannot write " + file + ": " + FileFailure.reason(cause)
                        + "; make room or make the folder writable, or name another one with " + option,
                cause);
    }
}
