package io.mambapkd.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.function.DoubleConsumer;
import org.jspecify.annotations.Nullable;

/** Reads the values of an IDX file, whatever their type is, as pixels of one byte. */
final class IdxValues {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int WHITE = 255;

    /** What the values of a file are like. */
    static final class Range {
        private double least = Double.POSITIVE_INFINITY;
        private double largest = Double.NEGATIVE_INFINITY;
        private boolean finite = true;
        private boolean whole = true;

        void add(double value) {
            least = Math.min(least, value);
            largest = Math.max(largest, value);
            finite &= Double.isFinite(value);
            whole &= value == Math.rint(value);
        }

        boolean isWholeByte() {
            return finite && whole && least >= 0 && largest <= WHITE;
        }

        boolean isShare() {
            return finite && least >= 0 && largest <= 1;
        }

        boolean holdsMinusOne() {
            return finite && whole && least == -1;
        }

        /** {@code from -1 to 1.5}. */
        String text() {
            return finite ? "from " + number(least) + " to " + number(largest) : "that are not all finite numbers";
        }

        private static String number(double value) {
            return value == Math.rint(value) && Math.abs(value) < 1e15
                    ? Long.toString((long) value)
                    : Float.toString((float) value);
        }
    }

    private IdxValues() {}

    /**
     * Passes on the values that follow the header, in order.
     *
     * @param in after the header; nothing is read beyond the values
     * @return how many bytes of values there were; fewer than promised if the file ends before
     */
    static long forEach(IdxHeader header, InputStream in, DoubleConsumer consumer) throws IOException {
        byte[] bytes = new byte[BUFFER_BYTES];
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(header.order());
        long left = header.valueBytes();
        while (left > 0) {
            int wanted = (int) Math.min(left, bytes.length);
            int got = in.readNBytes(bytes, 0, wanted);
            buffer.clear().limit(got - got % header.type().bytes());
            while (buffer.hasRemaining()) {
                consumer.accept(header.type().next(buffer));
            }
            left -= got;
            if (got < wanted) {
                break;
            }
        }
        return header.valueBytes() - left;
    }

    /** Fills an array with pixels, one value after the other. */
    static final class Pixels implements DoubleConsumer {
        private final byte[] pixels;
        private final int factor;
        private int at;

        /** @param shares whether 1 is white; else 255 is */
        Pixels(byte[] pixels, boolean shares) {
            this.pixels = pixels;
            this.factor = shares ? WHITE : 1;
        }

        @Override
        public void accept(double value) {
            pixels[at++] = (byte) (int) (value * factor + 0.5);
        }
    }

    /** The rows of a file of labels. */
    static final class Labels implements DoubleConsumer {
        private final int columns;
        private final byte[] first;
        private final byte[] hot;
        private final Range firstRange = new Range();
        private int row;
        private int column;
        private int ones;
        private int firstWrongRow = -1;

        Labels(int rows, int columns) {
            this.columns = columns;
            this.first = new byte[rows];
            this.hot = new byte[columns > 1 ? rows : 0];
        }

        @Override
        public void accept(double value) {
            if (column == 0) {
                firstRange.add(value);
                first[row] = (byte) (int) value;
                ones = 0;
            }
            if (columns > 1) {
                if (value == 1) {
                    ones++;
                    hot[row] = (byte) column;
                } else if (value != 0) {
                    ones += 2;
                }
            }
            if (++column == columns) {
                if (ones != 1 && firstWrongRow < 0) {
                    firstWrongRow = row;
                }
                column = 0;
                row++;
            }
        }

        /** Range of the first column. */
        Range range() {
            return firstRange;
        }

        /** The first column (n); only where {@link #range} is that of bytes. */
        byte[] firstColumn() {
            return first;
        }

        /** The column of the only 1 of each row (n), or null where a row has no single 1. */
        byte @Nullable [] oneHot() {
            return columns > 1 && columns <= WHITE + 1 && firstWrongRow < 0 ? hot : null;
        }

        /** The first row that is not one-hot. */
        int firstWrongRow() {
            return firstWrongRow;
        }
    }
}
