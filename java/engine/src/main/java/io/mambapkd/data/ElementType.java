package io.mambapkd.data;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Type of the values of an IDX file: the third byte of its header. */
public enum ElementType {
    UNSIGNED_BYTE(0x08, 1, "unsigned bytes"),
    SIGNED_BYTE(0x09, 1, "signed bytes"),
    SHORT(0x0B, 2, "16-bit integers"),
    INT(0x0C, 4, "32-bit integers"),
    FLOAT(0x0D, 4, "floats"),
    DOUBLE(0x0E, 8, "doubles");

    private final int code;
    private final int bytes;
    private final String plural;

    ElementType(int code, int bytes, String plural) {
        this.code = code;
        this.bytes = bytes;
        this.plural = plural;
    }

    static @Nullable ElementType of(int code) {
        for (ElementType type : values()) {
            if (type.code == code) {
                return type;
            }
        }
        return null;
    }

    /** Bytes of one value. */
    int bytes() {
        return bytes;
    }

    public String plural() {
        return plural;
    }

    boolean isReal() {
        return this == FLOAT || this == DOUBLE;
    }

    /** The next value of a buffer. */
    double next(ByteBuffer values) {
        return switch (this) {
            case UNSIGNED_BYTE -> values.get() & 0xff;
            case SIGNED_BYTE -> values.get();
            case SHORT -> values.getShort();
            case INT -> values.getInt();
            case FLOAT -> values.getFloat();
            case DOUBLE -> values.getDouble();
        };
    }
}
