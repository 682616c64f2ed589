package io.mambapkd.data.formats;

import java.util.Arrays;

/** Rows of a PNG image: unpacked and unfiltered one after the other; those of an interlaced image (Adam7) all at once. */
final class PngRows implements Rows {
    /** First column and row, and the steps between, of each pass. */
    private static final int[][] ADAM7 = {
        {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
    };

    private final PngFile png;
    private final PngFile.Data data;
    private final int channels;
    private byte[] row;
    private byte[] above;
    private int next;
    /** All pixels of an interlaced image; empty otherwise. */
    private byte[] whole = new byte[0];

    PngRows(PngFile png) throws BadImageException {
        this.png = png;
        this.data = png.new Data();
        this.channels = png.channels();
        this.row = new byte[bytes(png.width)];
        this.above = new byte[row.length];
        if (png.isInterlaced) {
            try {
                interlaced();
            } finally {
                data.close();
            }
        }
    }

    private int bytes(int pixels) {
        return (int) (((long) pixels * png.bitsPerPixel() + 7) / 8);
    }

    private void interlaced() throws BadImageException {
        whole = new byte[png.width * png.height * channels];
        for (int[] pass : ADAM7) {
            int across = (png.width - pass[0] + pass[2] - 1) / pass[2];
            int down = (png.height - pass[1] + pass[3] - 1) / pass[3];
            if (across > 0 && down > 0) {
                Arrays.fill(above, (byte) 0);
                for (int y = 0; y < down; y++) {
                    nextRow(bytes(across));
                    png.convert(row, across, whole, (pass[1] + y * pass[3]) * png.width + pass[0], pass[2]);
                    swap();
                }
            }
        }
    }

    @Override
    public int width() {
        return png.width;
    }

    @Override
    public int height() {
        return png.height;
    }

    @Override
    public int channels() {
        return channels;
    }

    @Override
    public void read(int y, byte[] into) throws BadImageException {
        if (png.isInterlaced) {
            System.arraycopy(whole, y * png.width * channels, into, 0, png.width * channels);
            return;
        }
        boolean done = false;
        try {
            while (next < y) {
                nextRow(row.length);
                swap();
                next++;
            }
            nextRow(row.length);
            png.convert(row, png.width, into, 0, 1);
            swap();
            next++;
            done = true;
        } finally {
            if (!done || next == png.height) {
                data.close();
            }
        }
    }

    private void swap() {
        byte[] last = row;
        row = above;
        above = last;
    }

    private void nextRow(int length) throws BadImageException {
        byte[] filter = new byte[1];
        data.read(filter, 0, 1);
        data.read(row, 0, length);
        int step = Math.max(1, png.bitsPerPixel() / 8);
        switch (filter[0]) {
            case 0 -> {}
            case 1 -> {
                for (int i = step; i < length; i++) {
                    row[i] += row[i - step];
                }
            }
            case 2 -> {
                for (int i = 0; i < length; i++) {
                    row[i] += above[i];
                }
            }
            case 3 -> {
                for (int i = 0; i < length; i++) {
                    int left = i < step ? 0 : row[i - step] & 0xff;
                    row[i] += (byte) (left + (above[i] & 0xff) >> 1);
                }
            }
            case 4 -> paeth(length, step);
            default -> throw new BadImageException("a PNG file with a damaged image");
        }
    }

    private void paeth(int length, int step) {
        for (int i = 0; i < length; i++) {
            int left = i < step ? 0 : row[i - step] & 0xff;
            int up = above[i] & 0xff;
            int corner = i < step ? 0 : above[i - step] & 0xff;
            int byLeft = Math.abs(up - corner);
            int byUp = Math.abs(left - corner);
            int byCorner = Math.abs(left + up - 2 * corner);
            row[i] += (byte) (byLeft <= byUp && byLeft <= byCorner ? left : byUp <= byCorner ? up : corner);
        }
    }
}
