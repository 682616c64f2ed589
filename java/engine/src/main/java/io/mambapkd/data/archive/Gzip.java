package io.mambapkd.data.archive;

import java.io.IOException;
import java.io.InputStream;

/** What gzip files begin with. */
public final class Gzip {
    private static final int MAGIC = 0x1f8b;

    private Gzip() {}

    /**
     * Whether the next bytes are those of a gzip file; they are read again afterwards.
     *
     * @param in which can be marked
     */
    public static boolean isNext(InputStream in) throws IOException {
        in.mark(2);
        int first = in.read();
        int second = in.read();
        in.reset();
        return (first << 8 | second) == MAGIC;
    }
}
