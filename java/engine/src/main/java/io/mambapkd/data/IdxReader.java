package io.mambapkd.data;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.data.archive.FileKind;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleConsumer;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * Reads IDX files, the format of the MNIST database: four bytes of magic, one big-endian 32-bit extent for each axis, then the
 * values, row-major. Plain or gzipped. Values of other types than bytes are read where they are pixels or labels without a doubt, and a note says so.
 *
 * <p>The file is not trusted: no memory is reserved before the size that its header claims was compared with the size of the file, and
 * never more than one byte beyond it is unpacked. Whatever does not fit is an {@link InputException}.
 */
final class IdxReader {
    private static final String CONVERT = "write whole numbers from 0 to 255";

    /** Columns of QMNIST's labels, the first of which is the class. */
    private static final int QMNIST_COLUMNS = 8;

    private final IdxFile file;
    private final IdxArray.Content content;
    private final List<String> notes = new ArrayList<>();

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
        try (Unpacked unpacked = Unpacked.open(file.bytes())) {
            if (file.bytes().size() == 0) {
                throw refuse("an empty file", file.remedy());
            }
            IdxHeader header = header(unpacked);
            unpacked.in().skipNBytes(header.bytes());
            return content == IdxArray.Content.LABELS ? labels(header, unpacked) : images(header, unpacked);
        } catch (EOFException e) {
            throw refuse("a gzip file that is cut off", file.remedy(), e);
        } catch (ZipException e) {
            throw refuse("a damaged gzip file (" + FileFailure.reason(e) + ")", file.remedy(), e);
        } catch (IOException e) {
            throw new InputException(
                    new Problem(
                            "cannot read the IDX file of " + content.plural() + " " + file.where() + ": "
                                    + FileFailure.reason(e),
                            "make it readable, or name another folder"),
                    e);
        }
    }

    private IdxHeader header(Unpacked unpacked) throws IOException {
        byte[] head = unpacked.head();
        int axes = IdxHeader.axes(head);
        if (axes == 0) {
            FileKind kind = FileKind.of(head, unpacked.isExact() ? unpacked.room() : 0);
            if (kind != null) {
                throw refuse(
                        kind.what() + (unpacked.isExact() || kind.isGzip() ? "" : " inside a gzip file"),
                        kind.remedy());
            }
        }
        if (head.length < Integer.BYTES || head.length < Integer.BYTES * (1 + axes)) {
            throw refuse("a file that ends within its header", file.remedy());
        }
        if (axes == 0 && head[0] == 0 && head[1] == 0 && head[3] > 0 && ElementType.of(head[2]) != null) {
            throw refuse("one with " + head[3] + " axes", file.remedy());
        }
        if (axes == 0) {
            throw refuse(
                    String.format(
                            "one that starts with 0x%08x", ByteBuffer.wrap(head).getInt()),
                    file.remedy());
        }
        if (content == IdxArray.Content.LABELS ? axes > 2 : axes == 1) {
            String other = content == IdxArray.Content.LABELS ? "images" : "labels";
            throw refuse("one that starts with the magic number of " + other, file.remedy());
        }
        return fitting(IdxHeader.of(head), unpacked);
    }

    /** The header, its numbers in the order of bytes in which they fit the file. */
    private IdxHeader fitting(IdxHeader written, Unpacked unpacked) {
        IdxHeader header = written;
        Problem problem = written.problem(content.plural(), unpacked.room(), unpacked.isExact());
        if (problem != null && !written.isLittleEndian()) {
            IdxHeader swapped = written.swapped();
            if (swapped.problem(content.plural(), unpacked.room(), unpacked.isExact()) == null) {
                header = swapped;
                problem = null;
            }
        }
        if (problem != null) {
            throw refuse(problem.text(), problem.remedy().isEmpty() ? file.remedy() : problem.remedy());
        }
        if (header.isLittleEndian()) {
            note("is written with the least significant byte first, where IDX has it last, and is read that way");
        }
        return header;
    }

    private IdxArray images(IdxHeader header, Unpacked unpacked) throws IOException {
        int[] extents = imageExtents(header);
        byte[] pixels;
        if (header.type() == ElementType.UNSIGNED_BYTE) {
            pixels = new byte[header.values()];
            requireAll(header, unpacked.in().readNBytes(pixels, 0, pixels.length), unpacked.in());
        } else {
            IdxValues.Range range = new IdxValues.Range();
            all(header, unpacked.in(), range::add);
            pixels = converted(header, range);
        }
        return new IdxArray(extents, pixels, notes);
    }

    private int[] imageExtents(IdxHeader header) {
        int[] given = header.extents();
        if (given.length == 2) {
            int side = (int) Math.round(Math.sqrt(given[1]));
            if (side * side != given[1]) {
                throw refuse(
                        "one with two axes, " + header.text("images") + " values, which is no square",
                        "write it with three axes: images, rows, columns");
            }
            note("has images of " + given[1] + " values in a row, which are taken as " + side + "x" + side);
            return new int[] {given[0], side, side};
        }
        if (given.length == 4 && given[3] != 1 && given[3] != 3) {
            if (given[1] != 1) {
                throw refuse(
                        "one with four axes, " + header.text("images"),
                        "write it with the axes images, rows, columns, and 1 or 3 channels last");
            }
            return new int[] {given[0], given[2], given[3]};
        }
        return given.length == 4 && given[3] == 1 ? new int[] {given[0], given[1], given[2]} : given;
    }

    /** The file is read a second time, now that its range is known: so no second array is needed. */
    private byte[] converted(IdxHeader header, IdxValues.Range range) throws IOException {
        String found = header.type().plural() + " " + range.text();
        boolean shares = header.type().isReal() && range.isShare();
        if (!shares && !range.isWholeByte()) {
            throw refuse(found, CONVERT + (header.type().isReal() ? ", or floats from 0 to 1" : ""));
        }
        if (shares) {
            note("holds " + found + ", which are multiplied by 255");
        }
        byte[] pixels = new byte[header.values()];
        try (Unpacked again = Unpacked.open(file.bytes())) {
            again.in().skipNBytes(header.bytes());
            all(header, again.in(), new IdxValues.Pixels(pixels, shares));
        }
        return pixels;
    }

    private IdxArray labels(IdxHeader header, Unpacked unpacked) throws IOException {
        int count = header.extents()[0];
        int columns = header.axes() == 2 ? header.extents()[1] : 1;
        IdxValues.Labels labels = new IdxValues.Labels(count, columns);
        all(header, unpacked.in(), labels);
        byte[] oneHot = labels.oneHot();
        if (oneHot != null) {
            note("holds a row of " + columns + " numbers for each label, of which one is 1; its place is the label");
            return new IdxArray(new int[] {count}, oneHot, notes);
        }
        if (columns == QMNIST_COLUMNS && header.type() == ElementType.INT) {
            note("holds 8 numbers for each label, as QMNIST does; the first of them is the label");
        } else if (columns > 1) {
            throw refuse(
                    "one with " + columns + " numbers for each label, of which row " + labels.firstWrongRow()
                            + " is not one 1 among zeros",
                    "write one label for each image");
        }
        if (!labels.range().isWholeByte()) {
            throw refuse(
                    header.type().plural() + " " + labels.range().text(),
                    CONVERT
                            + (labels.range().holdsMinusOne()
                                    ? "; -1 often marks images without a label: remove them"
                                    : ""));
        }
        return new IdxArray(new int[] {count}, labels.firstColumn(), notes);
    }

    private void all(IdxHeader header, InputStream in, DoubleConsumer consumer) throws IOException {
        requireAll(header, IdxValues.forEach(header, in, consumer), in);
    }

    /** At the end of a gzip file the last read also compares the checksum. */
    private void requireAll(IdxHeader header, long got, InputStream in) throws IOException {
        String need = header.valueBytes() + "";
        if (got < header.valueBytes()) {
            throw refuse(
                    "only " + got + " of the " + need + " bytes that " + header.text(content.plural()) + " need",
                    file.remedy());
        }
        if (in.read() >= 0) {
            throw refuse(
                    "more bytes than the " + need + " that " + header.text(content.plural()) + " need", file.remedy());
        }
    }

    private void note(String what) {
        notes.add(file.where() + " " + what);
    }

    private InputException refuse(String got, String remedy) {
        return refuse(got, remedy, null);
    }

    private InputException refuse(String got, String remedy, @Nullable Exception cause) {
        return new InputException(
                new Problem(
                        "expected an IDX file of " + content.plural() + ", got " + got + ", at " + file.where(),
                        remedy),
                cause);
    }
}
