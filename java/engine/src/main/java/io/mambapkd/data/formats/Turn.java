package io.mambapkd.data.formats;

/** Turns an image upright, by the orientation that EXIF data give: 1 as it is, 3 upside down, 6 and 8 lying on a side, the others mirrored as well. */
final class Turn {
    private static final int FIRST_LYING = 5;

    private Turn() {}

    /** Whether rows and columns change places. */
    static boolean isLying(int orientation) {
        return orientation >= FIRST_LYING;
    }

    /**
     * @param from (h, w, c), as the file has it
     * @param height, width of the upright image
     * @param into gets (height, width, c) from {@code offset} on
     */
    static void upright(byte[] from, int orientation, int height, int width, int channels, byte[] into, int offset) {
        boolean lying = isLying(orientation);
        int rowOfFile = lying ? height : width;
        int to = offset;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int right = width - 1 - x;
                int below = height - 1 - y;
                int row;
                int column;
                switch (orientation) {
                    case 2 -> {
                        row = y;
                        column = right;
                    }
                    case 3 -> {
                        row = below;
                        column = right;
                    }
                    case 4 -> {
                        row = below;
                        column = x;
                    }
                    case 5 -> {
                        row = x;
                        column = y;
                    }
                    case 6 -> {
                        row = right;
                        column = y;
                    }
                    case 7 -> {
                        row = right;
                        column = below;
                    }
                    case 8 -> {
                        row = x;
                        column = below;
                    }
                    default -> {
                        row = y;
                        column = x;
                    }
                }
                int at = (row * rowOfFile + column) * channels;
                for (int c = 0; c < channels; c++) {
                    into[to++] = from[at + c];
                }
            }
        }
    }
}
