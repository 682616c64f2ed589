package io.mambapkd.data.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.config.ImageSize;
import io.mambapkd.data.formats.TestImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder whose decoding is ended at each place where that can be. */
final class StoppedPackingTest {
    private static final int IMAGES = 6;
    /** Names, headers, images. */
    private static final int PLACES = 3 * IMAGES;

    @TempDir
    private Path folder;

    /** Ends the work when it is asked for the n-th time. */
    private static final class Ending implements PackingListener {
        private static final class Ended extends RuntimeException {
            private static final long serialVersionUID = 1L;
        }

        private final AtomicInteger left;

        Ending(int n) {
            left = new AtomicInteger(n);
        }

        @Override
        public void progress(int done, int total, double imagesPerSecond) {}

        @Override
        public void stopIfAsked() {
            if (left.decrementAndGet() == 0) {
                throw new Ended();
            }
        }
    }

    @BeforeEach
    void writeImages() throws IOException {
        for (String name : List.of("cat", "dog")) {
            Path images = Files.createDirectories(folder.resolve("images").resolve(name));
            for (int i = 0; i < IMAGES / 2; i++) {
                Files.write(images.resolve(i + ".png"), TestImages.png(4, 4, i));
            }
        }
    }

    private PackedFolder open(PackingListener listener, int threads) {
        return FolderImages.open(
                new FolderRequest(
                        folder.resolve("images"), ImageSize.AUTO, 0, BadImages.SKIP, folder.resolve("cache"), threads),
                listener);
    }

    /** Files of the cache, but for its lock. */
    private List<Path> kept() throws IOException {
        Path cache = folder.resolve("cache");
        if (!Files.exists(cache)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(cache)) {
            return files.filter(file -> !file.toString().endsWith(".lock")).toList();
        }
    }

    @Test
    void nothingIsLeftOfADecodingThatIsEnded() throws IOException {
        for (int threads = 1; threads <= 2; threads++) {
            for (int place = 1; place <= PLACES; place++) {
                Ending ending = new Ending(place);
                int own = threads;
                assertThatThrownBy(() -> open(ending, own))
                        .as("place %d", place)
                        .isInstanceOf(Ending.Ended.class);
                assertThat(kept()).isEmpty();
            }
        }
        assertThat(open(new Ending(PLACES + 1), 2).notes()).isEmpty();
        assertThat(kept()).hasSize(1);
    }

    @Test
    void aCacheWhoseReadingIsEndedStaysAsItIs() {
        open(PackingListener.NONE, 1);
        // After the names: the only piece of the file.
        int place = IMAGES + 1;

        assertThatThrownBy(() -> open(new Ending(place), 1)).isInstanceOf(Ending.Ended.class);

        AtomicInteger decoded = new AtomicInteger();
        assertThat(open((done, total, rate) -> decoded.set(done), 1).notes()).isEmpty();
        assertThat(decoded).hasValue(0);
    }
}
