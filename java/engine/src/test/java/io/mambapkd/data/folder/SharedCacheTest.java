package io.mambapkd.data.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.TalkingChild;
import io.mambapkd.config.ImageSize;
import io.mambapkd.data.formats.TestImages;
import io.mambapkd.storage.LockHolder;
import io.mambapkd.storage.ProcessLock;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Several processes that open one folder of images decode it once. */
@Timeout(60)
final class SharedCacheTest {
    private static final int IMAGES = 3;

    @TempDir
    private Path folder;

    private int decoded;

    @BeforeEach
    void makeImages() throws IOException {
        for (String name : List.of("cat/1.png", "cat/2.png", "dog/1.png")) {
            Path file = folder.resolve("data").resolve(name);
            Files.createDirectories(Objects.requireNonNull(file.getParent()));
            Files.write(file, TestImages.png(4, 5, name.hashCode()));
        }
    }

    private static PackedFolder open(Path folder, IntConsumer progress, Consumer<LockHolder> whileWaiting) {
        FolderRequest request = new FolderRequest(
                folder.resolve("data"), ImageSize.AUTO, 0, BadImages.REFUSE, folder.resolve("cache"), 1);
        return FolderImages.open(request, new PackingListener() {
            @Override
            public void progress(int done, int total, double imagesPerSecond) {
                progress.accept(done);
            }

            @Override
            public void waiting(LockHolder holder) {
                whileWaiting.accept(holder);
            }
        });
    }

    /** Opens the folder; {@link #decoded} is the number of images that were decoded for it. */
    private PackedFolder open(Consumer<LockHolder> whileWaiting) {
        decoded = 0;
        return open(folder, done -> decoded = done, whileWaiting);
    }

    private static void unexpected(LockHolder holder) {
        throw new AssertionError("waits for " + holder);
    }

    private Path only(String ending) throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("cache"))) {
            List<Path> all =
                    files.filter(file -> file.toString().endsWith(ending)).toList();
            assertThat(all).hasSize(1);
            return all.get(0);
        }
    }

    /** Takes the lock of a cache that is not there, though it was. */
    private ProcessLock lockedWithoutCache() throws IOException {
        open(SharedCacheTest::unexpected);
        Files.move(only(".images"), folder.resolve("built"));
        return ProcessLock.take(only(".lock"));
    }

    @Test
    void whatAnotherProcessDecodesIsWaitedForAndTaken() throws Exception {
        ProcessLock other = lockedWithoutCache();
        Path cache = Path.of(only(".lock").toString().replace(".lock", ".images"));

        PackedFolder packed = open(holder -> {
            assertThat(holder.pid()).isEqualTo(ProcessHandle.current().pid());
            try {
                Files.move(folder.resolve("built"), cache);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            other.close();
        });

        assertThat(decoded).isZero();
        assertThat(packed.classNames()).containsExactly("cat", "dog");
    }

    @Test
    void whereTheOtherProcessFailsTheImagesAreDecoded() throws Exception {
        ProcessLock other = lockedWithoutCache();
        Path cache = Path.of(only(".lock").toString().replace(".lock", ".images"));
        Files.write(cache, new byte[9]);

        PackedFolder packed = open(holder -> other.close());

        assertThat(decoded).isEqualTo(IMAGES);
        assertThat(packed.notes())
                .filteredOn(note -> note.startsWith("the cache of decoded images"))
                .as("it is read before and after the waiting, and told of once")
                .containsExactly("the cache of decoded images " + cache + " is cut off, so that it is written anew");
    }

    @Test
    void theWaitingCanBeStopped() throws Exception {
        try (ProcessLock other = lockedWithoutCache()) {
            assertThat(other).isNotNull();
            assertThatThrownBy(() -> open(holder -> Thread.currentThread().interrupt()))
                    .isInstanceOf(InputException.class)
                    .hasMessage("stopped while another process decodes the same images; start again");
            assertThat(Thread.interrupted()).isTrue();
            assertThatThrownBy(() -> open(holder -> {
                        throw new IllegalStateException("stop");
                    }))
                    .hasMessage("stop");
        }
        assertThat(decoded).isZero();
    }

    @Test
    void imagesThatCannotBeDecodedLeaveNobodyWaiting() throws Exception {
        Path broken = Files.write(folder.resolve("data/dog/2.png"), new byte[9]);
        assertThatThrownBy(() -> open(SharedCacheTest::unexpected)).isInstanceOf(InputException.class);
        Files.delete(broken);
        open(SharedCacheTest::unexpected);
        assertThat(decoded).isEqualTo(IMAGES);
    }

    @Test
    void aCacheThatCannotBeLockedIsWrittenAllTheSame() throws Exception {
        lockedWithoutCache().close();
        Path lock = only(".lock");
        Files.delete(lock);
        Files.createDirectory(lock);

        assertThat(open(SharedCacheTest::unexpected).notes()).isEmpty();
        assertThat(decoded).isEqualTo(IMAGES);
        assertThat(only(".images")).isNotEmptyFile();
    }

    /** Opens the folder, and stops at the first image until it is told to go on. */
    static final class Opener {
        private Opener() {}

        public static void main(String[] args) {
            BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            int[] decoded = new int[1];
            open(
                    Path.of(args[0]),
                    done -> {
                        decoded[0] = done;
                        if (done == 1) {
                            System.out.println("decoding");
                            read(input);
                        }
                    },
                    holder -> System.out.println("waiting for " + holder));
            System.out.println("decoded " + decoded[0]);
        }

        private static String read(BufferedReader input) {
            try {
                return input.readLine();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private TalkingChild decoding() throws IOException {
        TalkingChild child = TalkingChild.start(Opener.class, folder.toString());
        assertThat(child.hear()).isEqualTo("decoding");
        return child;
    }

    private TalkingChild waitingFor(TalkingChild other) throws IOException {
        TalkingChild child = TalkingChild.start(Opener.class, folder.toString());
        assertThat(child.hear()).isEqualTo("waiting for process " + other.pid() + " on host " + TalkingChild.host());
        return child;
    }

    @Test
    @Tag("process")
    void ofTwoProcessesOneDecodesAndTheOtherReads() throws Exception {
        try (TalkingChild first = decoding();
                TalkingChild second = waitingFor(first)) {
            first.tell("go on");
            assertThat(first.hear()).isEqualTo("decoded 3");
            assertThat(second.hear(line -> !line.startsWith("waiting"))).isEqualTo("decoded 0");
        }
    }

    @Test
    @Tag("process")
    void whereTheFirstOfTwoProcessesIsKilledTheOtherDecodes() throws Exception {
        try (TalkingChild first = decoding();
                TalkingChild second = waitingFor(first)) {
            first.kill();
            assertThat(second.hear(line -> !line.startsWith("waiting"))).isEqualTo("decoding");
            second.tell("go on");
            assertThat(second.hear()).isEqualTo("decoded 3");
        }
        assertThat(only(".images")).isNotEmptyFile();
    }
}
