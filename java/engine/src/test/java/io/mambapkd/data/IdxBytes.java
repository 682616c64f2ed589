package io.mambapkd.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/** Makes IDX files. */
final class IdxBytes {
    private IdxBytes() {}

    static byte[] file(int magic, int[] extents, byte... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 + 4 * extents.length + values.length);
        bytes.putInt(magic);
        for (int extent : extents) {
            bytes.putInt(extent);
        }
        return bytes.put(values).array();
    }

    static byte[] images(int count, int height, int width, byte... values) {
        return file(0x00000803, new int[] {count, height, width}, values);
    }

    static byte[] labels(byte... values) {
        return file(0x00000801, new int[] {values.length}, values);
    }

    /** Pixels that count up, modulo 256. */
    static byte[] ramp(int length) {
        byte[] values = new byte[length];
        for (int i = 0; i < length; i++) {
            values[i] = (byte) i;
        }
        return values;
    }

    static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(content);
        }
        return packed.toByteArray();
    }

    /** A dataset of 6 training and 2 test images of 2x3 pixels, labels up to 2, plain and gzipped files mixed. */
    static void writeDataset(Path folder) throws IOException {
        Files.write(folder.resolve("train-images-idx3-ubyte.gz"), gzip(images(6, 2, 3, ramp(36))));
        Files.write(
                folder.resolve("train-labels-idx1-ubyte"),
                labels((byte) 0, (byte) 1, (byte) 2, (byte) 0, (byte) 1, (byte) 2));
        Files.write(folder.resolve("t10k-images-idx3-ubyte"), images(2, 2, 3, ramp(12)));
        Files.write(folder.resolve("t10k-labels-idx1-ubyte.gz"), gzip(labels((byte) 2, (byte) 1)));
    }
}
