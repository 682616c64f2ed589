package io.mambapkd.data.formats;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Numbers of a file whose end is watched. */
final class FileBytes {
    private static final VarHandle LITTLE_SHORT =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle BIG_SHORT =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LITTLE_INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle BIG_INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    /** The file ends too early. */
    static final class CutOffException extends BadImageException {
        private static final long serialVersionUID = 1L;

        CutOffException(ImageFormat format) {
            super("a " + format + " file that is cut off");
        }
    }

    private final ImageFormat format;
    private final byte[] bytes;

    FileBytes(ImageFormat format, byte[] bytes) {
        this.format = format;
        this.bytes = bytes;
    }

    byte[] array() {
        return bytes;
    }

    int length() {
        return bytes.length;
    }

    /** @throws BadImageException if the file has fewer than {@code count} bytes from {@code at} on */
    void require(long at, long count) throws BadImageException {
        if (at < 0 || count < 0 || at + count > bytes.length) {
            throw new CutOffException(format);
        }
    }

    int u8(int at) throws BadImageException {
        require(at, 1);
        return bytes[at] & 0xff;
    }

    int big16(int at) throws BadImageException {
        require(at, Short.BYTES);
        return (short) BIG_SHORT.get(bytes, at) & 0xffff;
    }

    int big32(int at) throws BadImageException {
        require(at, Integer.BYTES);
        return (int) BIG_INT.get(bytes, at);
    }

    int little16(int at) throws BadImageException {
        require(at, Short.BYTES);
        return (short) LITTLE_SHORT.get(bytes, at) & 0xffff;
    }

    int little32(int at) throws BadImageException {
        require(at, Integer.BYTES);
        return (int) LITTLE_INT.get(bytes, at);
    }
}
