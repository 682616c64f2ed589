package io.mambapkd.storage;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Numbered saves of a training, of which the newest two are kept: at every instant after the first was written there is a whole one, through killed processes, full disks and power
 * cuts. A save is written as {@link DurableFiles} writes, then read back and compared; only then are older ones removed.
 */
public final class SaveFolder {
    private static final Pattern NAME = Pattern.compile("([0-9]{6,15})\\.safetensors");
    private static final int BUFFER_BYTES = 1 << 16;

    private final Disk disk;
    private final Path folder;
    private final DurableFiles files;
    /** The newest save that is known to be whole. */
    private @Nullable Path whole;

    public SaveFolder(Path folder) {
        this(new LocalDisk(), folder);
    }

    SaveFolder(Disk disk, Path folder) {
        this.disk = disk;
        this.folder = folder;
        this.files = new DurableFiles(disk);
    }

    /**
     * The saves that there are.
     *
     * @throws InputException if the folder cannot be read
     */
    public List<Path> newestFirst() {
        try {
            return disk.files(folder).stream()
                    .filter(file -> number(file) > 0)
                    .sorted(Comparator.comparingLong(SaveFolder::number).reversed())
                    .toList();
        } catch (IOException e) {
            throw new InputException(
                    new Problem("cannot read the folder " + folder + ": " + FileFailure.reason(e), "make it readable"),
                    e);
        }
    }

    /** Names a save that was read and is whole, so that it is kept until two newer ones are. */
    public void isWhole(Path save) {
        whole = save;
    }

    /**
     * Writes a save, newer than all others.
     *
     * @throws InputException if that is impossible, or what is read back is something else; the saves that were there before are there still
     */
    public void write(DurableFiles.Content content) {
        List<Path> before = newestFirst();
        Path file = folder.resolve(
                String.format(Locale.ROOT, "%06d.safetensors", 1 + (before.isEmpty() ? 0 : number(before.get(0)))));
        MessageDigest written = Sha256.digest();
        try {
            if (disk.makeFolder(folder)) {
                disk.forceFolder(folder.toAbsolutePath().getParent());
            }
        } catch (IOException e) {
            throw DurableFiles.failed(file, e);
        }
        files.replace(file, out -> content.writeTo(new Digesting(out, written)));
        requireSame(file, written.digest());
        removeAllBut(file, whole);
        whole = file;
    }

    /** Passes bytes on and adds them to a digest. */
    private record Digesting(WritableByteChannel out, MessageDigest digest) implements WritableByteChannel {
        @Override
        public int write(ByteBuffer bytes) throws IOException {
            ByteBuffer before = bytes.duplicate();
            int count = out.write(bytes);
            digest.update(before.limit(before.position() + count));
            return count;
        }

        @Override
        public boolean isOpen() {
            return out.isOpen();
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }

    private void requireSame(Path file, byte[] written) {
        MessageDigest found = Sha256.digest();
        try (InputStream in = disk.read(file)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                found.update(buffer, 0, count);
            }
        } catch (IOException e) {
            throw new InputException(
                    new Problem("cannot read back " + file + ": " + FileFailure.reason(e), "check the disk"), e);
        }
        if (!Arrays.equals(found.digest(), written)) {
            throw new InputException(
                    new Problem("expected to read what was written, got something else, at " + file, "check the disk"));
        }
    }

    private void removeAllBut(Path newest, @Nullable Path before) {
        for (Path save : newestFirst()) {
            if (!save.equals(newest) && !save.equals(before)) {
                remove(save);
            }
        }
    }

    /** Removes all saves, and the folder. Called once what they lead to is kept elsewhere. */
    public void clear() {
        newestFirst().forEach(this::remove);
        remove(folder);
        whole = null;
    }

    private void remove(Path file) {
        try {
            disk.deleteIfExists(file);
        } catch (IOException more) {
            // One save more than is needed harms nothing.
            return;
        }
    }

    /** Whether a file is a save by its name. */
    static boolean isSave(Path file) {
        return number(file) > 0;
    }

    private static long number(Path save) {
        Matcher name = NAME.matcher(String.valueOf(save.getFileName()));
        return name.matches() ? Long.parseLong(name.group(1)) : 0;
    }
}
