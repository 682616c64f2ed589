package io.mambapkd.data.folder;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.config.ImageSize;
import io.mambapkd.data.formats.EncodedImage;
import io.mambapkd.data.formats.TestImages;
import io.mambapkd.tensor.ImageShape;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files as cameras write them: far larger than what is kept of them. */
final class PhotographsTest {
    private static final int COUNT = 40;
    private static final int DIFFERENT = 8;
    private static final int HEIGHT = 1200;
    private static final int WIDTH = 1600;
    private static final int SIDE = 64;

    /** Between the reds of two photographs. */
    private static final int STEP = 30;

    /** Bytes of one decoded photograph. */
    private static final long DECODED = 3L * HEIGHT * WIDTH;

    private final BufferedImage image = TestImages.shapes(HEIGHT, WIDTH, BufferedImage.TYPE_INT_RGB, 1);

    @TempDir
    private Path root;

    /** Shapes and noise around a flat square in the centre, whose red tells the number. */
    private byte[] photograph(int number) {
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(new Color(STEP * number, 128, 128));
        graphics.fillRect(WIDTH / 2 - 150, HEIGHT / 2 - 150, 300, 300);
        graphics.dispose();
        return TestImages.jpeg(image);
    }

    /** Those of even numbers are cats. */
    private void photographs() throws IOException {
        List<Path> classes =
                List.of(Files.createDirectories(root.resolve("cat")), Files.createDirectories(root.resolve("dog")));
        for (int number = 0; number < DIFFERENT; number++) {
            byte[] file = photograph(number);
            for (int i = number; i < COUNT; i += DIFFERENT) {
                Files.write(classes.get(number % 2).resolve(i + ".jpg"), file);
            }
        }
    }

    @Test
    void photographsAreScaledAndNotHeld() throws Exception {
        photographs();
        AtomicLong held = new AtomicLong();
        long before = held();
        PackedFolder packed = FolderImages.open(
                new FolderRequest(root, new ImageSize(SIDE, SIDE), 0, BadImages.REFUSE, null, 2),
                (done, total, rate) -> {
                    if (done == total) {
                        held.set(held() - before);
                    }
                });

        assertThat(packed.shape()).isEqualTo(new ImageShape(SIDE, SIDE, 3));
        assertThat(packed.notes()).isEmpty();
        PackedFolder.Images images = Objects.requireNonNull(packed.parts().get(Part.TRAINING));
        assertThat(images.pixels()).hasSize(COUNT * SIDE * SIDE * 3);
        assertThat(images.labels()).hasSize(COUNT);
        int[] met = new int[DIFFERENT];
        for (int i = 0; i < COUNT; i++) {
            int centre = ((i * SIDE + SIDE / 2) * SIDE + SIDE / 2) * 3;
            int number = Math.round((images.pixels()[centre] & 0xff) / (float) STEP);
            met[number]++;
            assertThat(images.pixels()[centre + 1] & 0xff).as("green").isBetween(126, 130);
            assertThat(images.labels()[i]).as("photograph " + number).isEqualTo((byte) (number % 2));
        }
        assertThat(met).containsOnly(COUNT / DIFFERENT);
        // Of 40 times DECODED, what is held of the last ones.
        assertThat(held.get()).isLessThan(4 * DECODED);
    }

    /** Bytes of the heap that are in use. */
    private static long held() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    @Test
    void aPhotographTakesNoMoreMemoryThanIsReservedForIt() throws Exception {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        byte[] into = new byte[SIDE * SIDE * 3];
        for (boolean progressive : new boolean[] {false, true}) {
            byte[] file = TestImages.file(image, "jpeg", progressive);
            EncodedImage.decode(file, SIDE, SIDE, 3, into, 0);
            long before = threads.getCurrentThreadAllocatedBytes();
            EncodedImage.decode(file, SIDE, SIDE, 3, into, 0);
            long taken = threads.getCurrentThreadAllocatedBytes() - before;
            assertThat(taken)
                    .as("progressive: " + progressive)
                    .isBetween(1L, EncodedImage.decodingBytes((long) HEIGHT * WIDTH) + file.length);
        }
    }
}
