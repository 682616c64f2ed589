package io.mambapkd.data.inputs;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;

/**
 * Says that bytes are available until the end is met, for which it waits. {@link java.util.zip.GZIPInputStream} takes a stream without available bytes for one at its end,
 * and a pipe whose writer is slower than its reader has none between two members of a file.
 */
final class PresentInput extends FilterInputStream {
    PresentInput(BufferedInputStream in) {
        super(in);
    }

    @Override
    public int available() throws IOException {
        in.mark(1);
        boolean isEnd = in.read() < 0;
        in.reset();
        return isEnd ? 0 : Math.max(1, in.available());
    }
}
