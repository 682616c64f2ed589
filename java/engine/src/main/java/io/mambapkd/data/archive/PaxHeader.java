package io.mambapkd.data.archive;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The records of a pax header, each {@code LENGTH KEY=VALUE} and a line feed: the length counts all of it, so that a value may hold anything. */
final class PaxHeader {
    private static final byte[] PATH = "path".getBytes(StandardCharsets.US_ASCII);

    private PaxHeader() {}

    /**
     * The name that the header gives to the entry that follows: that of the last record of a path; empty for none.
     *
     * @param content all of the header
     * @param entry its number, for messages
     * @throws TarReader.Damaged if a record is malformed
     */
    static String path(byte[] content, long entry) throws TarReader.Damaged {
        String path = "";
        int at = 0;
        // Some programs fill the header up with zeros.
        while (at < content.length && content[at] != 0) {
            int key = at;
            long length = 0;
            while (key < content.length && content[key] >= '0' && content[key] <= '9' && length <= content.length) {
                length = 10 * length + content[key++] - '0';
            }
            // The longest record is the whole content, so that this is an index.
            int end = (int) Math.min(at + length, content.length + 1L);
            boolean isWhole = end <= content.length && end - key > 1 && content[key] == ' ' && content[end - 1] == '\n';
            int equals = isWhole ? indexOfEquals(content, key + 1, end) : -1;
            if (equals < 0) {
                throw new TarReader.Damaged("a malformed pax header in entry " + entry);
            }
            if (Arrays.equals(content, key + 1, equals, PATH, 0, PATH.length)) {
                path = new String(content, equals + 1, end - equals - 2, StandardCharsets.UTF_8);
            }
            at = end;
        }
        return path;
    }

    /** -1 where there is none. */
    private static int indexOfEquals(byte[] content, int from, int to) {
        for (int i = from; i < to; i++) {
            if (content[i] == '=') {
                return i;
            }
        }
        return -1;
    }
}
