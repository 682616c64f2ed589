package io.mambapkd.data.folder;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The file of decoded images: magic number, version, length of the header, key (32 bytes); the header with shape, number and sums of the images of each part, class names and notes; labels and pixels of each part;
 * the CRC-32C of each piece of 4 MiB of all of it, in four bytes. All numbers are big-endian.
 */
final class CacheFile {
    static final long MAGIC = 0x6d706b642d696d67L;
    static final int VERSION = 2;
    static final int KEY_BYTES = 32;
    static final int FIXED_BYTES = Long.BYTES + 2 * Integer.BYTES + KEY_BYTES;
    static final int SUM_BYTES = Integer.BYTES;
    static final int PIECE = 1 << 22;

    /** The file is not what was written. The message completes {@code FILE is ...}. */
    static final class DamagedException extends IOException {
        private static final long serialVersionUID = 1L;

        DamagedException(String what) {
            super(what);
        }
    }

    private CacheFile() {}

    static void write(WritableByteChannel out, byte[] key, PackedFolder packed) throws IOException {
        byte[] header = header(packed);
        ByteBuffer fixed = ByteBuffer.allocate(FIXED_BYTES);
        fixed.putLong(MAGIC).putInt(VERSION).putInt(header.length).put(key);
        Writer writer = new Writer(out);
        writer.put(fixed.array(), FIXED_BYTES);
        writer.put(header, header.length);
        for (Part part : Part.values()) {
            PackedFolder.Images images = packed.parts().get(part);
            if (images != null) {
                writer.put(images.labels(), images.labels().length);
                writer.put(
                        images.pixels(), images.labels().length * packed.shape().elements());
            }
        }
        writer.end();
    }

    private static final class Writer {
        private final WritableByteChannel out;
        private final CRC32C sum = new CRC32C();
        private final ByteArrayOutputStream sums = new ByteArrayOutputStream();
        private int free = PIECE;

        Writer(WritableByteChannel out) {
            this.out = out;
        }

        void put(byte[] bytes, int length) throws IOException {
            int from = 0;
            while (from < length) {
                ByteBuffer some = ByteBuffer.wrap(bytes, from, Math.min(free, length - from));
                from += some.remaining();
                free -= some.remaining();
                sum.update(some.duplicate());
                while (some.hasRemaining()) {
                    out.write(some);
                }
                if (free == 0) {
                    endPiece();
                }
            }
        }

        private void endPiece() {
            sums.writeBytes(
                    ByteBuffer.allocate(SUM_BYTES).putInt((int) sum.getValue()).array());
            sum.reset();
            free = PIECE;
        }

        void end() throws IOException {
            if (free < PIECE) {
                endPiece();
            }
            ByteBuffer all = ByteBuffer.wrap(sums.toByteArray());
            while (all.hasRemaining()) {
                out.write(all);
            }
        }
    }

    private static byte[] header(PackedFolder packed) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(packed.shape().height());
            out.writeInt(packed.shape().width());
            out.writeInt(packed.shape().channels());
            for (Part part : Part.values()) {
                PackedFolder.Images images = packed.parts().get(part);
                out.writeInt(images == null ? -1 : images.labels().length);
                if (images != null) {
                    for (int channel = 0; channel < packed.shape().channels(); channel++) {
                        out.writeLong(images.sums().plain().get(channel));
                        out.writeLong(images.sums().squares().get(channel));
                    }
                }
            }
            texts(out, packed.classNames());
            texts(out, packed.notes());
        }
        return bytes.toByteArray();
    }

    private static void texts(DataOutputStream out, List<String> texts) throws IOException {
        out.writeInt(texts.size());
        for (String text : texts) {
            out.writeUTF(text);
        }
    }

    /**
     * The images; null if they are others than those of the key.
     *
     * @param threads that read
     * @param listener may end the reading
     * @throws DamagedException if it is damaged, cut off, or of another version
     * @throws java.nio.file.NoSuchFileException if there is none
     */
    static @Nullable PackedFolder read(Path file, byte[] key, int threads, PackingListener listener)
            throws IOException {
        return opened(file, threads, listener, reader -> reader.all(key));
    }

    /**
     * Reads all of the file and keeps nothing of it.
     *
     * @throws DamagedException if it is damaged, cut off, or of another version
     * @throws java.nio.file.NoSuchFileException if there is none
     */
    static void check(Path file, int threads) throws IOException {
        opened(file, threads, PackingListener.NONE, reader -> {
            reader.check();
            return null;
        });
    }

    /** What is done with an open file. */
    private interface Use {
        @Nullable
        PackedFolder of(CacheReader reader) throws IOException;
    }

    private static @Nullable PackedFolder opened(Path file, int threads, PackingListener listener, Use use)
            throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return use.of(new CacheReader(channel, threads, listener));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } catch (InternalError cutOffWhileMapped) {
            throw new DamagedException("cut off while it is read");
        }
    }
}
