package io.mambapkd.data.folder;

import io.mambapkd.image.PixelSums;
import io.mambapkd.tensor.ImageShape;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Reads a {@link CacheFile}, its pieces on several threads, and believes nothing that its sums do not confirm. */
final class CacheReader {
    private static final int MOST_HEADER_BYTES = 1 << 24;

    /** An array and where its bytes are in the file. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Segment(long start, byte[] bytes) {}

    private final FileChannel channel;
    private final int threads;
    private final PackingListener listener;
    private final int pieces;
    /** Bytes before the sums. */
    private final long size;

    private final ByteBuffer sums;
    private final List<Segment> segments = new ArrayList<>();
    private boolean keeps = true;
    private long position;

    CacheReader(FileChannel channel, int threads, PackingListener listener) throws IOException {
        this.channel = channel;
        this.threads = threads;
        this.listener = listener;
        long whole = channel.size();
        if (whole < CacheFile.FIXED_BYTES) {
            throw new CacheFile.DamagedException("cut off");
        }
        pieces = Math.toIntExact(
                (whole + CacheFile.PIECE + CacheFile.SUM_BYTES - 1) / (CacheFile.PIECE + CacheFile.SUM_BYTES));
        size = whole - (long) CacheFile.SUM_BYTES * pieces;
        if (size <= (pieces - 1L) * CacheFile.PIECE) {
            throw new CacheFile.DamagedException("cut off");
        }
        sums = channel.map(MapMode.READ_ONLY, size, (long) CacheFile.SUM_BYTES * pieces);
    }

    /** Reads all of it and keeps nothing. */
    void check() throws IOException {
        keeps = false;
        byte[] key = new byte[CacheFile.KEY_BYTES];
        channel.map(MapMode.READ_ONLY, CacheFile.FIXED_BYTES - key.length, key.length)
                .get(key);
        all(key);
    }

    /** The images; null if they are others than those of the key. */
    @Nullable
    PackedFolder all(byte[] key) throws IOException {
        ByteBuffer fixed = next(CacheFile.FIXED_BYTES);
        if (fixed.getLong() != CacheFile.MAGIC) {
            throw new CacheFile.DamagedException("no cache");
        }
        int version = fixed.getInt();
        if (version != CacheFile.VERSION) {
            throw new CacheFile.DamagedException(
                    "of version " + version + ", where this program has " + CacheFile.VERSION);
        }
        int length = fixed.getInt();
        byte[] own = new byte[CacheFile.KEY_BYTES];
        fixed.get(own);
        if (!Arrays.equals(own, key)) {
            // A damaged key is not that of other images.
            requireRight(isRight(0, piece(0)));
            return null;
        }
        if (length < 0 || length > MOST_HEADER_BYTES || length > size - CacheFile.FIXED_BYTES) {
            throw new CacheFile.DamagedException("damaged");
        }
        byte[] header = new byte[length];
        next(length).get(header);
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(header))) {
            return all(in);
        } catch (java.io.EOFException | java.io.UTFDataFormatException e) {
            throw new CacheFile.DamagedException("damaged");
        }
    }

    private PackedFolder all(DataInputStream header) throws IOException {
        int height = header.readInt();
        int width = header.readInt();
        int channels = header.readInt();
        Map<Part, Integer> counts = new EnumMap<>(Part.class);
        Map<Part, PixelSums> sums = new EnumMap<>(Part.class);
        long bytes = 0;
        long elements = Math.max(0, height) * (long) Math.max(0, width);
        boolean fits = height > 0 && width > 0 && (channels == 1 || channels == 3) && elements < size;
        for (Part part : Part.values()) {
            int count = header.readInt();
            long own = Math.max(0, count) * (1 + elements * channels);
            fits &= count < size && own <= size;
            bytes += own;
            if (count >= 0 && fits) {
                counts.put(part, count);
                sums.put(part, sums(header, count * elements, channels));
            }
        }
        List<String> classNames = texts(header);
        List<String> notes = texts(header);
        if (!fits || position + bytes != size) {
            throw new CacheFile.DamagedException("damaged or cut off");
        }
        ImageShape shape = new ImageShape(height, width, channels);
        Map<Part, PackedFolder.Images> parts = new EnumMap<>(Part.class);
        for (Map.Entry<Part, PixelSums> entry : sums.entrySet()) {
            int count = counts.getOrDefault(entry.getKey(), 0);
            byte[] labels = segment(count);
            byte[] pixels = segment((long) count * shape.elements());
            parts.put(entry.getKey(), new PackedFolder.Images(pixels, labels, entry.getValue()));
        }
        fill();
        return new PackedFolder(shape, classNames, parts, notes);
    }

    private static PixelSums sums(DataInputStream header, long pixels, int channels) throws IOException {
        List<Long> plain = new ArrayList<>();
        List<Long> squares = new ArrayList<>();
        for (int channel = 0; channel < channels; channel++) {
            plain.add(header.readLong());
            squares.add(header.readLong());
        }
        return new PixelSums(pixels, plain, squares);
    }

    /** A part of the file, unchecked. */
    private ByteBuffer next(int length) throws IOException {
        if (length > size - position) {
            throw new CacheFile.DamagedException("cut off");
        }
        ByteBuffer mapped = channel.map(MapMode.READ_ONLY, position, length);
        position += length;
        return mapped;
    }

    /** An array that {@link #fill} reads. */
    private byte[] segment(long length) throws IOException {
        if (length > Integer.MAX_VALUE - 8) {
            throw new CacheFile.DamagedException("damaged");
        }
        if (!keeps) {
            return new byte[0];
        }
        byte[] bytes = new byte[(int) length];
        segments.add(new Segment(position, bytes));
        position += length;
        return bytes;
    }

    /** Compares all of the file with its sums, and copies it to the segments. */
    private void fill() throws IOException {
        AtomicBoolean wrong = new AtomicBoolean();
        Workers.each(
                pieces,
                threads,
                number -> {
                    MappedByteBuffer piece = piece(number);
                    if (!isRight(number, piece)) {
                        wrong.set(true);
                    }
                    segments.forEach(segment -> copy(piece, (long) number * CacheFile.PIECE, segment));
                },
                (done, rate) -> listener.stopIfAsked());
        requireRight(!wrong.get());
    }

    private MappedByteBuffer piece(int number) {
        long start = (long) number * CacheFile.PIECE;
        try {
            return channel.map(MapMode.READ_ONLY, start, Math.min(CacheFile.PIECE, size - start));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean isRight(int number, ByteBuffer piece) {
        CRC32C sum = new CRC32C();
        sum.update(piece.duplicate());
        return sums.getInt(number * CacheFile.SUM_BYTES) == (int) sum.getValue();
    }

    private static void requireRight(boolean right) throws CacheFile.DamagedException {
        if (!right) {
            throw new CacheFile.DamagedException("damaged: its checksum is wrong");
        }
    }

    /** Copies what a piece of the file has of a segment. */
    private static void copy(ByteBuffer piece, long start, Segment segment) {
        long from = Math.max(start, segment.start());
        long to = Math.min(start + piece.limit(), segment.start() + segment.bytes().length);
        if (from < to) {
            piece.get((int) (from - start), segment.bytes(), (int) (from - segment.start()), (int) (to - from));
        }
    }

    private static List<String> texts(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > in.available()) {
            throw new CacheFile.DamagedException("damaged");
        }
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            texts.add(in.readUTF());
        }
        return texts;
    }
}
