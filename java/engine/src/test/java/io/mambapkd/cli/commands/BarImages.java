package io.mambapkd.cli.commands;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** A dataset that a small run learns in a second: bars at as many heights as there are classes, on noise. */
public final class BarImages {
    private BarImages() {}

    /**
     * Writes the four files of MNIST's names.
     *
     * @param brightness of the bars, 0..255
     */
    public static void write(Path folder, int side, int classes, int training, int test, int brightness)
            throws IOException {
        Files.createDirectories(folder);
        write(folder, "train", side, classes, training, brightness, 1);
        write(folder, "t10k", side, classes, test, brightness, 2);
    }

    private static void write(Path folder, String part, int side, int classes, int count, int brightness, int seed)
            throws IOException {
        Random random = new Random(seed);
        ByteBuffer images = ByteBuffer.allocate(16 + count * side * side);
        images.putInt(0x803).putInt(count).putInt(side).putInt(side);
        ByteBuffer labels = ByteBuffer.allocate(8 + count).putInt(0x801).putInt(count);
        for (int i = 0; i < count; i++) {
            int label = i % classes;
            labels.put((byte) label);
            int from = label * side / classes;
            int to = (label + 1) * side / classes;
            for (int row = 0; row < side; row++) {
                for (int column = 0; column < side; column++) {
                    boolean bar = row >= from && row < to;
                    images.put((byte) ((bar ? brightness : 0) * (3 + random.nextInt(2)) / 4));
                }
            }
        }
        Files.write(folder.resolve(part + "-images-idx3-ubyte"), images.array());
        Files.write(folder.resolve(part + "-labels-idx1-ubyte"), labels.array());
    }
}
