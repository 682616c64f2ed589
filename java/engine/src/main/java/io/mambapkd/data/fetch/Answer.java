package io.mambapkd.data.fetch;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a server answers.
 *
 * @param status of HTTP
 * @param from the first byte that is sent, of the whole file
 * @param length bytes that are sent, where the server says it
 * @param location where the file is, of a redirection
 * @param validator names this version of the file, for a later request of its rest
 * @param body to be closed
 */
record Answer(
        int status,
        long from,
        OptionalLong length,
        Optional<String> location,
        Optional<String> validator,
        InputStream body)
        implements Closeable {
    static final int WHOLE = 200;
    static final int PART = 206;
    static final int NO_SUCH_RANGE = 416;

    boolean isRedirection() {
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    }

    @Override
    public void close() throws IOException {
        body.close();
    }
}
