package io.mambapkd.data;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Reads IDX files, the format of the MNIST database: four bytes of magic, one big-endian 32-bit extent for each axis, then the
 * values, row-major. Plain or gzipped; which of them is told by the content, not by the name.
 *
 * <p>The file is not trusted: no memory is reserved before the size that its header claims was compared with the size of the file, and
 * never more than one byte beyond it is unpacked. Whatever does not fit is an {@link InputException}.
 */
final class IdxReader {
    private static final int GZIP_MAGIC = 0x1f8b;
    private static final int BUFFER_BYTES = 1 << 16;

    /** Deflate cannot shrink anything by more than this factor (a 258-byte match in 2 bits). */
    private static final long LARGEST_DEFLATE_RATIO = 1032;

    private static final int LARGEST_SIDE = 16_384;

    /** Some Java platforms cannot make arrays longer than this. */
    private static final long LARGEST_ARRAY = Integer.MAX_VALUE - 8L;

    private final IdxFile file;
    private final IdxArray.Content content;

    private IdxReader(IdxFile file, IdxArray.Content content) {
        this.file = file;
        this.content = content;
    }

    static IdxArray images(IdxFile file) {
        return new IdxReader(file, IdxArray.Content.IMAGES).read();
    }

    static IdxArray labels(IdxFile file) {
        return new IdxReader(file, IdxArray.Content.LABELS).read();
    }

    private IdxArray read() {
        try (InputStream raw = new BufferedInputStream(file.bytes().open(), BUFFER_BYTES)) {
            long size = file.bytes().size();
            if (size == 0) {
                throw refuse("an empty file");
            }
            if (isGzip(raw)) {
                try (InputStream unpacked = new GZIPInputStream(raw, BUFFER_BYTES)) {
                    return parse(unpacked, LARGEST_DEFLATE_RATIO * size, "at most ");
                }
            }
            return parse(raw, size, "");
        } catch (EOFException e) {
            throw refuse("a gzip file that is cut off", e);
        } catch (ZipException e) {
            throw refuse("a damaged gzip file (" + FileFailure.reason(e) + ")", e);
        } catch (IOException e) {
            throw new InputException(
                    "cannot read the IDX file of " + content.plural() + " " + file.where() + ": "
                            + FileFailure.reason(e) + "; make it readable, or name another folder",
                    e);
        }
    }

    private static boolean isGzip(InputStream raw) throws IOException {
        raw.mark(2);
        int first = raw.read();
        int second = raw.read();
        raw.reset();
        return (first << 8 | second) == GZIP_MAGIC;
    }

    /**
     * @param room bytes that the unpacked file can have
     * @param bound how {@code room} limits the size: exactly, or from above
     */
    private IdxArray parse(InputStream in, long room, String bound) throws IOException {
        int magic = header(in, 1)[0];
        if (magic != content.magic()) {
            throw refuse("one that starts with " + describe(magic));
        }
        int[] extents = header(in, content.rank());
        long claimed = claimedBytes(extents);
        long headerBytes = Integer.BYTES * (1L + extents.length);
        boolean fits = bound.isEmpty() ? claimed + headerBytes == room : claimed + headerBytes <= room;
        if (!fits) {
            throw refuse("a header that promises " + text(extents) + ", which is " + (claimed + headerBytes)
                    + " bytes, in a file that holds " + bound + room);
        }
        byte[] values = new byte[(int) claimed];
        int got = in.readNBytes(values, 0, values.length);
        if (got < values.length) {
            throw refuse("only " + got + " of the " + claimed + " bytes that " + text(extents) + " need");
        }
        // At the end of a gzip file this read also compares the checksum.
        if (in.read() >= 0) {
            throw refuse("more bytes than the " + claimed + " that " + text(extents) + " need");
        }
        return new IdxArray(content, extents, values);
    }

    private int[] header(InputStream in, int words) throws IOException {
        byte[] bytes = in.readNBytes(Integer.BYTES * words);
        if (bytes.length < Integer.BYTES * words) {
            throw refuse("a file that ends within its header");
        }
        int[] header = new int[words];
        ByteBuffer.wrap(bytes).asIntBuffer().get(header);
        return header;
    }

    private long claimedBytes(int[] extents) {
        long product = 1;
        for (int extent : extents) {
            if (extent < 1) {
                throw refuse("a header with an extent of " + Integer.toUnsignedString(extent));
            }
            try {
                product = Math.multiplyExact(product, extent);
            } catch (ArithmeticException e) {
                throw refuse("a header that promises " + text(extents), e);
            }
        }
        for (int axis = 1; axis < extents.length; axis++) {
            if (extents[axis] > LARGEST_SIDE) {
                throw refuse("a header that promises " + text(extents) + ", with a side above " + LARGEST_SIDE);
            }
        }
        if (product > LARGEST_ARRAY) {
            throw refuse("a header that promises " + text(extents) + ", more than fits into memory at once");
        }
        return product;
    }

    private String describe(int magic) {
        for (IdxArray.Content other : IdxArray.Content.values()) {
            if (magic == other.magic()) {
                return "the magic number of " + other.plural();
            }
        }
        return String.format("0x%08x", magic);
    }

    /** {@code 60000 images of 28x28}. */
    private String text(int[] extents) {
        String rest = Arrays.stream(extents).skip(1).mapToObj(Integer::toString).collect(Collectors.joining("x"));
        return extents[0] + " " + content.plural() + (rest.isEmpty() ? "" : " of " + rest);
    }

    private InputException refuse(String got) {
        return new InputException(sentence(got));
    }

    private InputException refuse(String got, Exception cause) {
        return new InputException(sentence(got), cause);
    }

    private String sentence(String got) {
        return "expected an IDX file of " + content.plural() + ", got " + got + ", at " + file.where() + "; "
                + file.remedy();
    }
}
