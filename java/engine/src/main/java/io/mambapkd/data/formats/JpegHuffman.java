package io.mambapkd.data.formats;

/** A table of Huffman codes: of a code of up to {@link #FAST_BITS} bits one look-up tells symbol and length. */
final class JpegHuffman {
    private static final int FAST_BITS = 9;
    private static final int MOST_BITS = 16;

    /** {@code length << 8 | symbol}; 0 for a longer code. */
    private final short[] fast = new short[1 << FAST_BITS];

    private final byte[] symbols;
    /** The first code of each length that is too large for it, left-aligned to 16 bits. */
    private final int[] end = new int[MOST_BITS + 2];

    /** Of each length: the position of its first symbol, less its first code. */
    private final int[] delta = new int[MOST_BITS + 1];

    /**
     * @param counts (16) codes of each length
     * @param symbols in the order of their codes
     */
    JpegHuffman(int[] counts, byte[] symbols) throws BadImageException {
        this.symbols = symbols;
        int code = 0;
        int at = 0;
        for (int length = 1; length <= MOST_BITS; length++) {
            delta[length] = at - code;
            for (int i = 0; i < counts[length - 1]; i++, at++, code++) {
                if (code >= 1 << length) {
                    throw JpegHeader.damaged("table of codes");
                }
                if (length <= FAST_BITS) {
                    int first = code << FAST_BITS - length;
                    for (int j = 0; j < 1 << FAST_BITS - length; j++) {
                        fast[first + j] = (short) (length << 8 | symbols[at] & 0xff);
                    }
                }
            }
            end[length] = code << MOST_BITS - length;
            code <<= 1;
        }
        end[MOST_BITS + 1] = Integer.MAX_VALUE;
    }

    /** The next symbol, 0..255. */
    int next(JpegBits bits) throws BadImageException {
        int window = bits.peek16();
        int found = fast[window >>> MOST_BITS - FAST_BITS];
        if (found != 0) {
            bits.skip(found >> 8);
            return found & 0xff;
        }
        int length = FAST_BITS + 1;
        while (window >= end[length]) {
            length++;
        }
        if (length > MOST_BITS) {
            throw JpegHeader.damaged("image: a code that is in no table");
        }
        bits.skip(length);
        return symbols[delta[length] + (window >>> MOST_BITS - length)] & 0xff;
    }
}
