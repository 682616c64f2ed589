package io.mambapkd.data.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.config.ImageSize;
import io.mambapkd.data.formats.TestImages;
import io.mambapkd.image.PixelSums;
import io.mambapkd.tensor.ImageShape;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file of decoded images: taken where it is whole and of these images, written anew otherwise. */
final class ImageCacheTest {
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
        Files.write(folder.resolve("data/cat/notes.txt"), new byte[1]);
    }

    /** Opens the folder; {@link #decoded} is the number of images that were decoded for it. */
    private PackedFolder open(Path cache, ImageSize size) {
        decoded = 0;
        FolderRequest request = new FolderRequest(folder.resolve("data"), size, 0, BadImages.REFUSE, cache, 2);
        return FolderImages.open(request, (done, total, rate) -> decoded = done);
    }

    private PackedFolder open() {
        return open(folder.resolve("cache"), ImageSize.AUTO);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("cache"))) {
            return files.filter(file -> file.toString().endsWith(".images")).toList();
        }
    }

    private Path file() throws IOException {
        List<Path> all = files();
        assertThat(all).hasSize(1);
        return all.get(0);
    }

    private static void assertSame(PackedFolder packed, PackedFolder expected) {
        assertThat(packed.shape()).isEqualTo(expected.shape());
        assertThat(packed.classNames()).isEqualTo(expected.classNames());
        assertThat(packed.parts()).containsOnlyKeys(expected.parts().keySet());
        for (Map.Entry<Part, PackedFolder.Images> part : expected.parts().entrySet()) {
            PackedFolder.Images images = Objects.requireNonNull(packed.parts().get(part.getKey()));
            assertThat(images.pixels()).isEqualTo(part.getValue().pixels());
            assertThat(images.labels()).isEqualTo(part.getValue().labels());
            assertThat(images.sums()).isEqualTo(part.getValue().sums());
        }
    }

    @Test
    void theSecondStartDecodesNothing() {
        PackedFolder first = open();
        assertThat(decoded).isEqualTo(3);

        PackedFolder second = open();
        assertThat(decoded).isZero();
        assertSame(second, first);
        assertThat(second.notes()).isEqualTo(first.notes()).hasSize(1);
    }

    @Test
    void otherFilesOrSettingsAreOtherImages() throws Exception {
        open();
        open(folder.resolve("cache"), new ImageSize(3, 3));
        assertThat(decoded).isEqualTo(3);

        Path image = folder.resolve("data/cat/1.png");
        FileTime time = Files.getLastModifiedTime(image);
        byte[] content = Files.readAllBytes(image);
        Files.write(image, content);
        Files.setLastModifiedTime(image, FileTime.fromMillis(time.toMillis() + 5000));
        open();
        assertThat(decoded).isEqualTo(3);

        Files.write(folder.resolve("data/dog/2.png"), content);
        assertThat(open().notes()).hasSize(1);
        assertThat(decoded).isEqualTo(4);
        assertThat(files())
                .as("one of each size, and none of images that are gone")
                .hasSize(2);
    }

    @Test
    void everyFlippedBitAndEveryLengthIsFoundAndMended() throws Exception {
        PackedFolder first = open();
        Path file = file();
        byte[] whole = Files.readAllBytes(file);
        byte[] key = Arrays.copyOfRange(whole, 16, 48);
        for (int bit = 0; bit < 8 * whole.length; bit++) {
            byte[] damaged = whole.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            assertIsDamaged(file, damaged, key, "bit " + bit);
        }
        for (int length = 0; length < whole.length; length++) {
            assertIsDamaged(file, Arrays.copyOf(whole, length), key, "length " + length);
        }
        Files.write(file, Arrays.copyOf(whole, whole.length + 1));
        PackedFolder again = open();

        assertThat(decoded).isEqualTo(3);
        assertSame(again, first);
        assertThat(again.notes())
                .first()
                .isEqualTo(
                        "the cache of decoded images " + file + " is damaged or cut off, so that it is written anew");
        assertThat(Files.readAllBytes(file)).isEqualTo(whole);
    }

    /** Damaged, and not of other images, whether it is read for its images or to be checked. */
    private static void assertIsDamaged(Path file, byte[] content, byte[] key, String what) throws IOException {
        // A file of its own: to cut one that is mapped takes milliseconds.
        Files.delete(file);
        Files.write(file, content);
        assertThatThrownBy(() -> CacheFile.read(file, key, 1, PackingListener.NONE))
                .as(what)
                .isInstanceOf(CacheFile.DamagedException.class);
        assertThatThrownBy(() -> CacheFile.check(file, 1)).as(what).isInstanceOf(CacheFile.DamagedException.class);
    }

    @Test
    void aWholeCacheOfOtherImagesIsNotDamaged() throws Exception {
        open();

        assertThat(CacheFile.read(file(), new byte[32], 2, PackingListener.NONE))
                .isNull();
        assertThatCode(() -> CacheFile.check(file(), 2)).doesNotThrowAnyException();
    }

    @Test
    void aCacheOfAnotherVersionIsWrittenAnew() throws Exception {
        open();
        Path file = file();
        byte[] bytes = Files.readAllBytes(file);
        bytes[11]++;
        Files.write(file, bytes);

        assertThat(open().notes())
                .first()
                .asString()
                .startsWith("the cache of decoded images " + file + " is of version 3, where this program has 2");
        assertThat(open().notes()).hasSize(1);
        assertThat(decoded).isZero();
    }

    @Test
    void aFolderThatCannotBeWrittenCostsTheCacheAlone() throws Exception {
        Path file = Files.write(folder.resolve("file"), new byte[1]);
        PackedFolder packed = open(file.resolve("cache"), ImageSize.AUTO);

        assertThat(decoded).isEqualTo(3);
        assertThat(packed.notes())
                .first()
                .asString()
                .startsWith("the decoded images cannot be kept in " + file.resolve("cache"))
                .endsWith("so that the next start decodes them again; name another folder with --cache-dir");
    }

    @Test
    void whatAStoppedProcessLeftIsRemovedAndWhatALivingOneWritesStays() throws Exception {
        Path cache = Files.createDirectory(folder.resolve("cache"));
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();
        String key = "0123456789abcdef0123456789abcdef";
        Path left = Files.write(cache.resolve("." + key + "-" + ended.pid() + ".new"), new byte[9]);
        Path written = Files.write(
                cache.resolve("." + key + "-" + ProcessHandle.current().pid() + ".new"), new byte[9]);
        Path other = Files.write(cache.resolve(".other.new"), new byte[9]);
        open();

        assertThat(left).doesNotExist();
        assertThat(written).exists();
        assertThat(other).exists();
    }

    @Test
    void cachesAreWhereTheUserHasThem() {
        assertThat(FolderImages.usualCache(Map.of("XDG_CACHE_HOME", "/c"), "/home/a"))
                .isEqualTo(Path.of("/c/mamba-pkd/images"));
        // A relative path does not count, by the XDG base directory specification.
        assertThat(FolderImages.usualCache(Map.of("XDG_CACHE_HOME", "c"), "/home/a"))
                .isEqualTo(Path.of("/home/a/.cache/mamba-pkd/images"));
        // What Java says of a user without a folder.
        assertThat(FolderImages.usualCache(Map.of(), "?")).isNull();
        assertThat(FolderImages.usualCache(Map.of(), "/home/a")).isEqualTo(Path.of("/home/a/.cache/mamba-pkd/images"));
    }

    /** Pieces of 4 MiB end within arrays, and one of them holds the end of the training pixels, the test labels and some test pixels. */
    @Test
    void manyPiecesAreReadAndChecked() throws Exception {
        ImageShape shape = new ImageShape(1000, 1001, 3);
        PackedFolder.Images training = images(shape, 3, 1);
        PackedFolder.Images test = images(shape, 2, 2);
        PackedFolder packed = new PackedFolder(
                shape, List.of("cat", "dog"), Map.of(Part.TRAINING, training, Part.TEST, test), List.of("a note"));
        byte[] key = new byte[32];
        Path file = folder.resolve("pieces");
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            CacheFile.write(out, key, packed);
        }

        for (int threads : new int[] {1, 2, 5}) {
            PackedFolder read = CacheFile.read(file, key, threads, PackingListener.NONE);
            assertSame(Objects.requireNonNull(read), packed);
            assertThat(read.notes()).isEqualTo(packed.notes());
        }
        long length = Files.size(file);
        assertThat(length).isGreaterThan(3L << 22);
        for (long at = 1L << 20; at < length; at += 1L << 21) {
            flip(file, at);
            assertThatThrownBy(() -> CacheFile.read(file, key, 2, PackingListener.NONE))
                    .hasMessage("damaged: its checksum is wrong");
            flip(file, at);
        }
        assertSame(Objects.requireNonNull(CacheFile.read(file, key, 2, PackingListener.NONE)), packed);
    }

    private static PackedFolder.Images images(ImageShape shape, int count, long seed) {
        byte[] pixels = new byte[count * shape.elements()];
        byte[] labels = new byte[count];
        Random random = new Random(seed);
        random.nextBytes(pixels);
        random.nextBytes(labels);
        return new PackedFolder.Images(pixels, labels, PixelSums.of(pixels, pixels.length, 3));
    }

    private static void flip(Path file, long at) throws IOException {
        try (RandomAccessFile content = new RandomAccessFile(file.toFile(), "rw")) {
            content.seek(at);
            int value = content.read();
            content.seek(at);
            content.write(value ^ 1);
        }
    }
}
