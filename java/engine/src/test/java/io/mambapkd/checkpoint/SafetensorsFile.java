package io.mambapkd.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Puts safetensors files together from a header of any content, good or bad. */
final class SafetensorsFile {
    private SafetensorsFile() {}

    /** A header as given, and data bytes that count up. */
    static byte[] file(String header, int dataBytes) {
        return file(header.getBytes(StandardCharsets.UTF_8), dataBytes);
    }

    static byte[] file(byte[] header, int dataBytes) {
        return withLength(header.length, header, dataBytes);
    }

    static byte[] withLength(long headerLength, byte[] header, int dataBytes) {
        ByteBuffer file =
                ByteBuffer.allocate(Long.BYTES + header.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(headerLength).put(header);
        for (int i = 0; i < dataBytes; i++) {
            file.put((byte) i);
        }
        return file.array();
    }

    /** One field of a header. */
    static String tensor(String name, String type, String shape, long from, long to) {
        return "\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":[" + from + ","
                + to + "]}";
    }
}
