package io.mambapkd.data.folder;

import io.mambapkd.tensor.ImageShape;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * The file of decoded images: magic number, version, length of the header, key (32 bytes); the header with shape, numbers, class names and notes; labels and pixels of each part;
 * the CRC-32C of all of it in eight bytes. All numbers are big-endian.
 */
final class CacheFile {
    private static final long MAGIC = 0x6d706b642d696d67L;
    private static final int VERSION = 1;
    private static final int KEY_BYTES = 32;
    private static final int FIXED_BYTES = Long.BYTES + 2 * Integer.BYTES + KEY_BYTES;
    private static final int MOST_HEADER_BYTES = 1 << 24;
    private static final int PIECE = 1 << 20;

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
        CRC32C sum = new CRC32C();
        put(out, fixed.array(), FIXED_BYTES, sum);
        put(out, header, header.length, sum);
        for (Part part : Part.values()) {
            PackedFolder.Images images = packed.parts().get(part);
            if (images != null) {
                put(out, images.labels(), images.labels().length, sum);
                put(
                        out,
                        images.pixels(),
                        images.labels().length * packed.shape().elements(),
                        sum);
            }
        }
        byte[] end = ByteBuffer.allocate(Long.BYTES).putLong(sum.getValue()).array();
        put(out, end, end.length, sum);
    }

    private static void put(WritableByteChannel out, byte[] bytes, int length, CRC32C sum) throws IOException {
        for (int from = 0; from < length; from += PIECE) {
            ByteBuffer piece = ByteBuffer.wrap(bytes, from, Math.min(PIECE, length - from));
            sum.update(piece.duplicate());
            while (piece.hasRemaining()) {
                out.write(piece);
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

    private static List<String> texts(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > in.available()) {
            throw new DamagedException("damaged");
        }
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            texts.add(in.readUTF());
        }
        return texts;
    }

    /**
     * @throws DamagedException if it is damaged, cut off, of another version, or of other images
     * @throws java.nio.file.NoSuchFileException if there is none
     */
    static PackedFolder read(Path file, byte[] key) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return new Reader(channel).all(key);
        } catch (InternalError cutOffWhileMapped) {
            throw new DamagedException("cut off while it is read");
        }
    }

    private static final class Reader {
        private final FileChannel channel;
        private final long size;
        private final CRC32C sum = new CRC32C();
        private long position;

        Reader(FileChannel channel) throws IOException {
            this.channel = channel;
            this.size = channel.size();
        }

        PackedFolder all(byte[] key) throws IOException {
            if (size < FIXED_BYTES) {
                throw new DamagedException("cut off");
            }
            ByteBuffer fixed = ByteBuffer.wrap(next(FIXED_BYTES));
            if (fixed.getLong() != MAGIC) {
                throw new DamagedException("no cache");
            }
            int version = fixed.getInt();
            if (version != VERSION) {
                throw new DamagedException("of version " + version + ", where this program has " + VERSION);
            }
            int length = fixed.getInt();
            byte[] own = new byte[KEY_BYTES];
            fixed.get(own);
            if (!Arrays.equals(own, key) || length < 0 || length > MOST_HEADER_BYTES || length > size - FIXED_BYTES) {
                throw new DamagedException("damaged");
            }
            try (DataInputStream header = new DataInputStream(new ByteArrayInputStream(next(length)))) {
                return all(header);
            } catch (java.io.EOFException | java.io.UTFDataFormatException e) {
                throw new DamagedException("damaged");
            }
        }

        private PackedFolder all(DataInputStream header) throws IOException {
            int height = header.readInt();
            int width = header.readInt();
            int channels = header.readInt();
            Map<Part, Integer> counts = new EnumMap<>(Part.class);
            long bytes = 0;
            long elements = Math.max(0, height) * (long) Math.max(0, width);
            boolean fits = height > 0 && width > 0 && (channels == 1 || channels == 3) && elements < size;
            for (Part part : Part.values()) {
                int count = header.readInt();
                long own = Math.max(0, count) * (1 + elements * channels);
                fits &= count < size && own <= size;
                bytes += own;
                counts.put(part, count);
            }
            List<String> classNames = texts(header);
            List<String> notes = texts(header);
            if (!fits || position + bytes + Long.BYTES != size) {
                throw new DamagedException("damaged or cut off");
            }
            ImageShape shape = new ImageShape(height, width, channels);
            Map<Part, PackedFolder.Images> parts = new EnumMap<>(Part.class);
            for (Map.Entry<Part, Integer> entry : counts.entrySet()) {
                int count = entry.getValue();
                if (count >= 0) {
                    byte[] labels = next(count);
                    byte[] pixels = next((long) count * shape.elements());
                    parts.put(entry.getKey(), new PackedFolder.Images(pixels, labels));
                }
            }
            long wanted = sum.getValue();
            if (ByteBuffer.wrap(next(Long.BYTES)).getLong() != wanted) {
                throw new DamagedException("damaged: its checksum is wrong");
            }
            return new PackedFolder(shape, classNames, parts, notes);
        }

        private byte[] next(long length) throws IOException {
            if (length > Integer.MAX_VALUE - 8) {
                throw new DamagedException("damaged");
            }
            byte[] bytes = new byte[(int) length];
            if (length > 0) {
                MappedByteBuffer mapped = channel.map(MapMode.READ_ONLY, position, length);
                for (int from = 0; from < length; from += PIECE) {
                    int count = (int) Math.min(PIECE, length - from);
                    sum.update(mapped.slice(from, count));
                    mapped.get(from, bytes, from, count);
                }
            }
            position += length;
            return bytes;
        }
    }
}
