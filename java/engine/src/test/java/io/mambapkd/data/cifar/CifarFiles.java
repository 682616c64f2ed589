package io.mambapkd.data.cifar;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/** Makes small data sets in CIFAR's binary format, and archives of them. */
public final class CifarFiles {
    private CifarFiles() {}

    /** CIFAR-10 with {@code records} images a file. Image i of file f (the test file is 5) has the label (i + f) mod 10; see {@link #planes} for its pixels. */
    public static Map<String, byte[]> cifar10(int records) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        // Not in the order of their names, as in the original archive.
        for (int file : new int[] {0, 3, 2, 5, 4, 1}) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            for (int i = 0; i < records; i++) {
                bytes.write((i + file) % 10);
                bytes.writeBytes(planes(40 * file + i));
            }
            files.put(file == 5 ? "test_batch.bin" : "data_batch_" + (file + 1) + ".bin", bytes.toByteArray());
        }
        return files;
    }

    /** CIFAR-100: image i has the fine label i mod 100 and the coarse label i mod 20. */
    public static Map<String, byte[]> cifar100(int training, int test) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("train.bin", records100(training, 0));
        files.put("test.bin", records100(test, 500));
        return files;
    }

    private static byte[] records100(int count, int first) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
            bytes.write(i % 20);
            bytes.write(i % 100);
            bytes.writeBytes(planes(first + i));
        }
        return bytes.toByteArray();
    }

    /** Red is the position modulo 251, green the image's number, blue 255 less the row. */
    private static byte[] planes(int image) {
        byte[] planes = new byte[3072];
        for (int i = 0; i < 1024; i++) {
            planes[i] = (byte) (i % 251);
            planes[1024 + i] = (byte) image;
            planes[2048 + i] = (byte) (255 - i / 32);
        }
        return planes;
    }

    /** A ustar archive with the files in a folder. */
    public static byte[] tar(String folder, Map<String, byte[]> files) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (!folder.isEmpty()) {
            out.writeBytes(header(folder, '5', 0));
        }
        files.forEach((name, content) -> {
            out.writeBytes(header(folder + name, '0', content.length));
            out.writeBytes(Arrays.copyOf(content, (content.length + 511) / 512 * 512));
        });
        out.writeBytes(new byte[1024]);
        return out.toByteArray();
    }

    /** The header of an entry. */
    static byte[] header(String name, char type, long size) {
        byte[] header = new byte[512];
        put(header, 0, name);
        put(header, 100, "0000644\0");
        put(header, 108, "0000000\0");
        put(header, 116, "0000000\0");
        put(header, 124, String.format("%011o\0", size));
        put(header, 136, "00000000000\0");
        put(header, 148, "        ");
        header[156] = (byte) type;
        put(header, 257, "ustar\00000");
        int sum = 0;
        for (byte value : header) {
            sum += value & 0xff;
        }
        put(header, 148, String.format("%06o\0 ", sum));
        return header;
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }

    public static byte[] gzip(byte[] content) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return packed.toByteArray();
    }
}
