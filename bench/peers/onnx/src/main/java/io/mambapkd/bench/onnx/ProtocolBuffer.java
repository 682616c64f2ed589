package io.mambapkd.bench.onnx;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes a message in the wire format of Protocol Buffers: varints and fields with a length. */
final class ProtocolBuffer {
    private static final int VARINT = 0;
    private static final int FIXED32 = 5;
    private static final int WITH_LENGTH = 2;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    byte[] bytes() {
        return bytes.toByteArray();
    }

    ProtocolBuffer integer(int field, long value) {
        key(field, VARINT);
        varint(value);
        return this;
    }

    ProtocolBuffer number(int field, float value) {
        key(field, FIXED32);
        int bits = Float.floatToRawIntBits(value);
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
            bytes.write(bits >> shift);
        }
        return this;
    }

    ProtocolBuffer text(int field, String value) {
        return raw(field, value.getBytes(StandardCharsets.UTF_8));
    }

    ProtocolBuffer message(int field, ProtocolBuffer value) {
        return raw(field, value.bytes());
    }

    ProtocolBuffer raw(int field, byte[] value) {
        key(field, WITH_LENGTH);
        varint(value.length);
        bytes.writeBytes(value);
        return this;
    }

    private void key(int field, int type) {
        varint((long) field << 3 | type);
    }

    private void varint(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes.write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        bytes.write((int) rest);
    }
}
