package io.mambapkd.cli.commands;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

    /** Copies the images of some classes, in their order. */
    public static void copyOfClasses(Path from, Path to, List<Integer> classes) throws IOException {
        Files.createDirectories(to);
        for (String part : List.of("train", "t10k")) {
            ByteBuffer images = ByteBuffer.wrap(Files.readAllBytes(from.resolve(part + "-images-idx3-ubyte")));
            ByteBuffer labels = ByteBuffer.wrap(Files.readAllBytes(from.resolve(part + "-labels-idx1-ubyte")));
            int size = images.getInt(8) * images.getInt(12);
            ByteArrayOutputStream keptImages = new ByteArrayOutputStream();
            ByteArrayOutputStream keptLabels = new ByteArrayOutputStream();
            for (int i = 0; i < labels.getInt(4); i++) {
                if (classes.contains((int) labels.get(8 + i))) {
                    keptImages.write(images.array(), 16 + i * size, size);
                    keptLabels.write(labels.get(8 + i));
                }
            }
            ByteBuffer head = ByteBuffer.allocate(16).put(images.array(), 0, 16).putInt(4, keptLabels.size());
            ByteBuffer labelHead =
                    ByteBuffer.allocate(8).put(labels.array(), 0, 8).putInt(4, keptLabels.size());
            Files.write(to.resolve(part + "-images-idx3-ubyte"), joined(head.array(), keptImages.toByteArray()));
            Files.write(to.resolve(part + "-labels-idx1-ubyte"), joined(labelHead.array(), keptLabels.toByteArray()));
        }
    }

    private static byte[] joined(byte[] head, byte[] rest) {
        return ByteBuffer.allocate(head.length + rest.length)
                .put(head)
                .put(rest)
                .array();
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
