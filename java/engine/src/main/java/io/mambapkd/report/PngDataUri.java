package io.mambapkd.report;

import io.mambapkd.tensor.ImageShape;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;

/** Pixels as a {@code data:image/png} address. Written here, as ImageIO would add the module java.desktop to every Java runtime that ships. */
final class PngDataUri {
    private static final long SIGNATURE = 0x89504E470D0A1A0AL;
    private static final int BITS = 8;
    private static final int GREY = 0;
    private static final int RGB = 2;

    private PngDataUri() {}

    /** @param pixels (H, W, C) unsigned bytes; three channels are red, green and blue, of others only the first is shown, in grey */
    static String of(byte[] pixels, ImageShape shape) {
        boolean colour = shape.channels() == 3;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream file = new DataOutputStream(bytes)) {
            file.writeLong(SIGNATURE);
            chunk(file, "IHDR", header(shape, colour ? RGB : GREY));
            chunk(file, "IDAT", deflated(scanlines(pixels, shape, colour ? 3 : 1)));
            chunk(file, "IEND", new byte[0]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return "data:image/png;base64," + Base64.getEncoder().encodeToString(bytes.toByteArray());
    }

    /** Width, height, bits of a sample, colour type; compression, filter method and interlacing are 0. */
    private static byte[] header(ImageShape shape, int colourType) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream header = new DataOutputStream(bytes)) {
            header.writeInt(shape.width());
            header.writeInt(shape.height());
            header.write(new byte[] {BITS, (byte) colourType, 0, 0, 0});
        }
        return bytes.toByteArray();
    }

    /** The first {@code samples} channels of each pixel; before each line its filter type, 0 for none. */
    private static byte[] scanlines(byte[] pixels, ImageShape shape, int samples) {
        byte[] lines = new byte[shape.height() * (1 + shape.width() * samples)];
        int at = 0;
        for (int y = 0; y < shape.height(); y++) {
            at++;
            for (int x = 0; x < shape.width(); x++, at += samples) {
                System.arraycopy(pixels, (y * shape.width() + x) * shape.channels(), lines, at, samples);
            }
        }
        return lines;
    }

    private static byte[] deflated(byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflater = new DeflaterOutputStream(bytes)) {
            deflater.write(content);
        }
        return bytes.toByteArray();
    }

    /** Length of the body, type, body, and the check sum of type and body. */
    private static void chunk(DataOutputStream file, String type, byte[] body) throws IOException {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 sum = new CRC32();
        sum.update(name);
        sum.update(body);
        file.writeInt(body.length);
        file.write(name);
        file.write(body);
        file.writeInt((int) sum.getValue());
    }
}
