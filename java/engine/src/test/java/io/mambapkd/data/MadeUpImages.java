package io.mambapkd.data;

import io.mambapkd.data.cifar.CifarFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Coloured images that a small model learns, in files of the kinds that programs read: a bar whose place and colour say the class, on noise. */
public final class MadeUpImages {
    private static final int CIFAR_SIDE = 32;
    private static final int CIFAR_CLASSES = 10;
    private static final int BMP_HEAD = 54;

    private MadeUpImages() {}

    /** The six files of CIFAR-10 with {@code records} images each. */
    public static void cifar10(Path folder, int records) throws IOException {
        Files.createDirectories(folder);
        int seed = 0;
        for (String name : CifarFiles.cifar10(0).keySet()) {
            Random noise = new Random(++seed);
            ByteBuffer file = ByteBuffer.allocate(records * (1 + 3 * CIFAR_SIDE * CIFAR_SIDE));
            for (int i = 0; i < records; i++) {
                int label = i % CIFAR_CLASSES;
                byte[] pixels = pixels(CIFAR_SIDE, CIFAR_SIDE, label, CIFAR_CLASSES, noise);
                file.put((byte) label);
                for (int channel = 0; channel < 3; channel++) {
                    for (int at = channel; at < pixels.length; at += 3) {
                        file.put(pixels[at]);
                    }
                }
            }
            Files.write(folder.resolve(name), file.array());
        }
    }

    /** {@code CLASS/*.bmp}, {@code perClass} images in each of so many folders, of two sizes near 32x32. */
    public static void folder(Path folder, int classes, int perClass) throws IOException {
        Random noise = new Random(classes);
        for (int label = 0; label < classes; label++) {
            Path place = Files.createDirectories(folder.resolve("class" + label));
            for (int i = 0; i < perClass; i++) {
                int height = 36 - i % 2 * 8;
                Files.write(place.resolve(i + ".bmp"), bmp(height, 40, pixels(height, 40, label, classes, noise)));
            }
        }
    }

    /** (H, W, 3). */
    private static byte[] pixels(int height, int width, int label, int classes, Random noise) {
        byte[] pixels = new byte[height * width * 3];
        int at = 0;
        for (int row = 0; row < height; row++) {
            boolean isBar = row * classes / height == label;
            for (int column = 0; column < width; column++) {
                for (int channel = 0; channel < 3; channel++) {
                    int level = isBar && channel != label % 3 ? 150 : 40;
                    pixels[at++] = (byte) (level + noise.nextInt(60));
                }
            }
        }
        return pixels;
    }

    /** 24 bits a pixel, from the last row to the first, blue before green before red. */
    private static byte[] bmp(int height, int width, byte[] pixels) {
        int stride = (3 * width + 3) / 4 * 4;
        ByteBuffer file = ByteBuffer.allocate(BMP_HEAD + stride * height).order(ByteOrder.LITTLE_ENDIAN);
        file.put((byte) 'B').put((byte) 'M').putInt(file.capacity()).putInt(0).putInt(BMP_HEAD);
        file.putInt(40).putInt(width).putInt(height).putShort((short) 1).putShort((short) 24);
        for (int row = 0; row < height; row++) {
            file.position(BMP_HEAD + (height - 1 - row) * stride);
            for (int at = 3 * row * width; at < 3 * (row + 1) * width; at += 3) {
                file.put(pixels[at + 2]).put(pixels[at + 1]).put(pixels[at]);
            }
        }
        return file.array();
    }
}
