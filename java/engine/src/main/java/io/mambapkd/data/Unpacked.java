package io.mambapkd.data;

import io.mambapkd.data.archive.FileKind;
import io.mambapkd.data.archive.Gzip;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/** The bytes of a file, unpacked where it is gzipped, once or twice. Which of them it is, is told by the content, not by the name. */
final class Unpacked implements Closeable {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int MOST_LAYERS = 2;

    /** Deflate cannot shrink anything by more than this factor (a 258-byte match in 2 bits). */
    private static final long LARGEST_DEFLATE_RATIO = 1032;

    private final InputStream in;
    private final long room;
    private final boolean exact;

    private Unpacked(InputStream in, long room, boolean exact) {
        this.in = in;
        this.room = room;
        this.exact = exact;
    }

    /** The caller closes it. */
    static Unpacked open(IdxFile.Bytes bytes) throws IOException {
        InputStream in = new BufferedInputStream(bytes.open(), BUFFER_BYTES);
        try {
            int layers = 0;
            while (layers < MOST_LAYERS && Gzip.isNext(in)) {
                in = new BufferedInputStream(new GZIPInputStream(in, BUFFER_BYTES), BUFFER_BYTES);
                layers++;
            }
            // What was packed twice is hardly smaller than what was packed once; so one ratio bounds both.
            return new Unpacked(in, bytes.size() * (layers == 0 ? 1 : LARGEST_DEFLATE_RATIO), layers == 0);
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }

    InputStream in() {
        return in;
    }

    /** Bytes that the unpacked file has, or can have at most. */
    long room() {
        return room;
    }

    /** Whether {@link #room} is the exact number. */
    boolean isExact() {
        return exact;
    }

    /** The first bytes, which are read again afterwards. */
    byte[] head() throws IOException {
        in.mark(FileKind.HEAD_BYTES);
        byte[] head = in.readNBytes(FileKind.HEAD_BYTES);
        in.reset();
        return head;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
