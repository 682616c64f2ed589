package io.mambapkd.data.cifar;

/** Images with their labels, in the order of the files. */
public final class CifarImages {
    private final byte[] pixels;
    private final byte[] labels;
    private final String where;

    CifarImages(byte[] pixels, byte[] labels, String where) {
        this.pixels = pixels;
        this.labels = labels;
        this.where = where;
    }

    /** (n, 32, 32, 3), unsigned bytes; not a copy. */
    public byte[] pixels() {
        return pixels;
    }

    /** (n); not a copy. */
    public byte[] labels() {
        return labels;
    }

    /** Where they are, for messages. */
    public String where() {
        return where;
    }
}
