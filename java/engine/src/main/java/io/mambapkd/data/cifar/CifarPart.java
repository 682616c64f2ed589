package io.mambapkd.data.cifar;

import io.mambapkd.InputException;
import java.io.IOException;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Training or test images, while their files are read in any order. All files of a part have as many records as the first that is met. */
final class CifarPart {
    /** Reads the next bytes of a file: up to {@code length}, fewer at its end alone. */
    interface Source {
        int read(byte[] target, int length) throws IOException;
    }

    private final Cifar set;
    private final List<String> files;
    private final int mostRecords;
    private final BitSet met = new BitSet();
    private byte[] pixels = new byte[0];
    private byte[] labels = new byte[0];
    private int records;
    private String first = "";

    /**
     * @param files in the order of their images
     * @param mostRecords of a file
     */
    CifarPart(Cifar set, List<String> files, int mostRecords) {
        this.set = set;
        this.files = files;
        this.mostRecords = mostRecords;
    }

    boolean has(String name) {
        return files.contains(name);
    }

    /** Number of images; all files are read. */
    int images() {
        return labels.length;
    }

    /** The first file that was not read; null where none is missing. */
    @Nullable
    String missing() {
        int index = met.nextClearBit(0);
        return index < files.size() ? files.get(index) : null;
    }

    CifarImages images(String where) {
        return new CifarImages(pixels, labels, where);
    }

    /**
     * Reads a file.
     *
     * @param name one of the part's
     * @param size in bytes
     * @throws InputException if it is not what it should be
     */
    void take(String name, long size, Source source, Refusal refusal) throws IOException {
        int recordBytes = set.recordBytes();
        if (met.get(files.indexOf(name))) {
            throw refusal.of("the file " + name + " twice");
        }
        byte[] record = new byte[recordBytes];
        if (size == 0 || size % recordBytes != 0 || size / recordBytes > mostRecords) {
            byte[] head = new byte[(int) Math.min(size, Refusal.HEAD_BYTES)];
            source.read(head, head.length);
            throw refusal.ofContent(
                    head,
                    size,
                    size == 0
                            ? "an empty file"
                            : size % recordBytes == 0
                                    ? size / recordBytes + " records, more than the original " + mostRecords
                                    : size + " bytes, which is no multiple of the " + recordBytes + " of a record");
        }
        int count = (int) (size / recordBytes);
        if (met.isEmpty()) {
            records = count;
            first = name;
            pixels = new byte[Math.multiplyExact(files.size() * count, Cifar.IMAGE_BYTES)];
            labels = new byte[files.size() * count];
        } else if (count != records) {
            throw refusal.of(count + " records, where " + first + " has " + records);
        }
        int at = files.indexOf(name) * records;
        for (int i = 0; i < count; i++) {
            if (source.read(record, recordBytes) < recordBytes) {
                throw refusal.of("only " + i + " of the " + count + " records that its size tells");
            }
            take(record, at + i, i, size, refusal);
        }
        met.set(files.indexOf(name));
    }

    private void take(byte[] record, int image, int number, long size, Refusal refusal) {
        List<Integer> classes = set.classesOfLabels();
        for (int i = 0; i < classes.size(); i++) {
            int label = record[i] & 0xff;
            if (label >= classes.get(i)) {
                String got = "the label " + label + " in record " + number + " (from 0), where labels are from 0 to "
                        + (classes.get(i) - 1);
                throw number == 0 ? refusal.ofContent(record, size, got) : refusal.of(got);
            }
        }
        labels[image] = record[set.labelAt()];
        int from = classes.size();
        int to = image * Cifar.IMAGE_BYTES;
        for (int i = 0; i < Cifar.PLANE_BYTES; i++, to += Cifar.CHANNELS) {
            pixels[to] = record[from + i];
            pixels[to + 1] = record[from + Cifar.PLANE_BYTES + i];
            pixels[to + 2] = record[from + 2 * Cifar.PLANE_BYTES + i];
        }
    }
}
