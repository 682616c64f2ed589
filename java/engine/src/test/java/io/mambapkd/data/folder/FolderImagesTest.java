package io.mambapkd.data.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.config.ImageSize;
import io.mambapkd.data.formats.TestImages;
import io.mambapkd.tensor.ImageShape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is found in folders, and what is said of those that are wrong. */
final class FolderImagesTest {
    @TempDir
    private Path root;

    /** Puts a file below the root. */
    private Path put(String name, byte[] content) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        return Files.write(file, content);
    }

    /** A flat grey image of 4x5 pixels. */
    private static byte[] flat(int value) {
        BufferedImage image = new BufferedImage(5, 4, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < 20; i++) {
            image.getRaster().setSample(i % 5, i / 5, 0, value);
        }
        return TestImages.png(image);
    }

    /** Images of two classes, {@code count} each, of the values 10, 11, ... and 110, 111, ... */
    private void twoClasses(String part, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            put(part + "cat/" + i + ".png", flat(10 + i));
            put(part + "dog/" + i + ".png", flat(110 + i));
        }
    }

    private FolderRequest request(ImageSize size, int channels, BadImages bad) {
        return new FolderRequest(root, size, channels, bad, null, 2);
    }

    private PackedFolder open() {
        return FolderImages.open(request(ImageSize.AUTO, 0, BadImages.REFUSE), PackingListener.NONE);
    }

    private PackedFolder skipping() {
        return FolderImages.open(request(ImageSize.AUTO, 0, BadImages.SKIP), PackingListener.NONE);
    }

    /** The first value of each image and its label: {@code 10:0}, sorted. */
    private static String[] values(PackedFolder packed, Part part) {
        PackedFolder.Images images = Objects.requireNonNull(packed.parts().get(part));
        String[] values = new String[images.labels().length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (images.pixels()[i * packed.shape().elements()] & 0xff) + ":" + images.labels()[i];
        }
        Arrays.sort(values);
        return values;
    }

    private void assertRefused(String text) {
        assertThatThrownBy(this::open)
                .isInstanceOf(InputException.class)
                .message()
                .startsWith(text.replace("ROOT", root.toString()))
                .contains("; ")
                .doesNotContain("\n");
    }

    @Test
    void foldersOfTrainingValidationAndTestAreRead() throws Exception {
        twoClasses("train/", 3);
        twoClasses("valid/", 1);
        put("Test/dog/a.png", flat(200));
        PackedFolder packed = open();

        assertThat(packed.shape()).isEqualTo(new ImageShape(4, 5, 1));
        assertThat(packed.classNames()).containsExactly("cat", "dog");
        assertThat(values(packed, Part.TRAINING)).containsExactly("10:0", "110:1", "111:1", "112:1", "11:0", "12:0");
        assertThat(values(packed, Part.VALIDATION)).containsExactly("10:0", "110:1");
        assertThat(values(packed, Part.TEST)).containsExactly("200:1");
        assertThat(packed.notes()).isEmpty();
    }

    @Test
    void noMoreThreadsDecodeThanAreAllowed() throws Exception {
        twoClasses("", 20);
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        FolderImages.open(
                new FolderRequest(root, ImageSize.AUTO, 0, BadImages.REFUSE, null, 1),
                (done, total, rate) -> threads.add(Thread.currentThread()));

        assertThat(threads).containsExactly(Thread.currentThread());
    }

    @Test
    void foldersOfClassesAloneAreTrainingImages() throws Exception {
        twoClasses("", 2);
        put("train/x.png", flat(1));
        PackedFolder packed = open();

        assertThat(packed.classNames()).containsExactly("cat", "dog", "train");
        assertThat(packed.parts()).containsOnlyKeys(Part.TRAINING);
    }

    @Test
    void theFirstImagesAreOfAllClassesAndInTheSameOrderEachTime() throws Exception {
        twoClasses("", 50);
        byte[] labels =
                Objects.requireNonNull(open().parts().get(Part.TRAINING)).labels();
        byte[] again = Objects.requireNonNull(open().parts().get(Part.TRAINING)).labels();
        int ofSecond = 0;
        for (int i = 0; i < 20; i++) {
            ofSecond += labels[i];
        }

        assertThat(ofSecond).isBetween(4, 16);
        assertThat(again).isEqualTo(labels);
    }

    @Test
    void namesAreSortedByCodePointAndComparedHoweverAccentsAreWritten() throws Exception {
        put("train/\u00e9t\u00e9/1.png", flat(1));
        put("train/ /1.png", flat(2));
        put("train/\ud83d\ude00/1.png", flat(3));
        put("train/\uff21/1.png", flat(4));
        put("test/e\u0301te\u0301/ 1 .png", flat(5));
        PackedFolder packed = open();

        assertThat(packed.classNames()).containsExactly(" ", "\u00e9t\u00e9", "\uff21", "\ud83d\ude00");
        assertThat(values(packed, Part.TEST)).containsExactly("5:1");
    }

    @Test
    void whatSystemsLeaveBehindIsNotSeenAndOtherFilesAreCounted() throws Exception {
        twoClasses("train/", 2);
        put("train/cat/.DS_Store", new byte[3]);
        put("train/cat/Thumbs.db", new byte[3]);
        put("__MACOSX/cat/1.png", new byte[3]);
        put("train/.git/x.png", new byte[3]);
        put("train/cat/labels.csv", new byte[3]);
        put("train/dog/a.txt", new byte[3]);
        put("train/dog/b.txt", new byte[3]);
        put("train/loose.png", flat(3));

        assertThat(open().notes())
                .containsExactlyInAnyOrder(
                        "1 image is in no folder of a class and is passed over, at " + root,
                        "3 files that are no PNG, JPEG, GIF or BMP are passed over (1 with .csv, 2 with .txt), at "
                                + root + "; convert images of other formats if they are to count");
    }

    @Test
    void pipesArePassedOver() throws Exception {
        twoClasses("train/", 2);
        Process made =
                new ProcessBuilder("mkfifo", root.resolve("train/cat/pipe.png").toString()).start();
        assertThat(made.waitFor(10, TimeUnit.SECONDS)).isTrue();

        assertThat(open().notes()).containsExactly("1 pipe, device or socket is passed over, at " + root);
    }

    @Test
    void linksToFilesAndFoldersAreFollowed() throws Exception {
        twoClasses("elsewhere/", 2);
        Files.createDirectories(root.resolve("train/cat"));
        Files.createSymbolicLink(root.resolve("train/dog"), root.resolve("elsewhere/dog"));
        Files.createSymbolicLink(root.resolve("train/cat/x.png"), root.resolve("elsewhere/cat/0.png"));

        assertThat(values(open(), Part.TRAINING)).containsExactly("10:0", "110:1", "111:1");
    }

    @Test
    void linksThatLeadNowhereOrInACircleAreNamed() throws Exception {
        twoClasses("train/", 2);
        Files.createSymbolicLink(root.resolve("train/cat/gone.png"), root.resolve("nothing.png"));
        Files.createSymbolicLink(root.resolve("train/cat/self.png"), root.resolve("train/cat/self.png"));

        assertThatThrownBy(this::open)
                .hasMessageContaining("got 2 of 6 that cannot, at " + root)
                .hasMessageContaining("train/cat/gone.png is a link to something that is not there")
                .hasMessageContaining("train/cat/self.png is a link that leads back to itself");

        Files.createSymbolicLink(root.resolve("train/cat/up"), root.resolve("train/cat"));
        assertRefused(
                "expected folders that end, got a link that leads back to a folder above it, at ROOT/train/cat/up");
    }

    @Test
    void foldersThatAreNoDataAreRefused() throws Exception {
        assertRefused("expected folders of 2 to 256 classes, got none, at ROOT");
        put("train/cat/1.png", flat(1));
        assertRefused("expected folders of 2 to 256 classes, got only cat, at ROOT/train");
        Files.createDirectories(root.resolve("train/dog"));
        assertRefused("expected images of the class dog, got an empty folder, at ROOT/train/dog");
        put("train/dog/1.webp", new byte[3]);
        assertRefused(
                "expected images of the class dog, got none that is read (PNG, JPEG, GIF, BMP), at ROOT/train/dog");
        put("train/dog/1.png", flat(1));
        put("test/bird/1.png", flat(1));
        assertRefused("expected the classes of the training images (cat, dog), got bird, at ROOT/test");
    }

    @Test
    void aFolderThatIsNotThereIsRefused() {
        FolderRequest request =
                new FolderRequest(root.resolve("nothing"), ImageSize.AUTO, 0, BadImages.REFUSE, null, 2);

        assertThatThrownBy(() -> FolderImages.open(request, PackingListener.NONE))
                .hasMessage(
                        "expected a folder of images, got nothing that can be opened (there is no such file or folder),"
                                + " at " + root.resolve("nothing")
                                + "; name the folder that holds a folder for each class");
    }

    @Test
    void aTestWithoutTrainingIsRefused() throws Exception {
        twoClasses("test/", 2);

        assertRefused("expected a folder train beside test, got none, at ROOT");
    }

    @Test
    void sizesThatDifferAreRefusedUnlessASizeIsAskedFor() throws Exception {
        twoClasses("train/", 2);
        put("train/cat/large.png", TestImages.png(90, 70, 1));

        assertRefused(
                "expected images of one size, got 2 sizes, the smallest 4x5, the most frequent 4x5 (4 images; rows"
                        + " x columns), at ROOT; bring all to one size with --image-size 4 or --image-size 4x5");
        PackedFolder packed =
                FolderImages.open(request(new ImageSize(6, 8), 0, BadImages.REFUSE), PackingListener.NONE);
        assertThat(packed.shape()).isEqualTo(new ImageShape(6, 8, 3));
        assertThat(FolderImages.open(request(new ImageSize(6, 8), 1, BadImages.REFUSE), PackingListener.NONE)
                        .shape())
                .isEqualTo(new ImageShape(6, 8, 1));
    }

    @Test
    void badFilesAreRefusedAllAtOnceOrLeftOut() throws Exception {
        twoClasses("train/", 3);
        byte[] jpeg = TestImages.jpeg(TestImages.shapes(4, 5, BufferedImage.TYPE_BYTE_GRAY, 1));
        for (int i = 0; i < 6; i++) {
            put("train/cat/bad" + i + ".jpg", Arrays.copyOf(jpeg, jpeg.length - 8));
        }
        put("train/dog/empty.png", new byte[0]);

        assertRefused(
                "expected images that can be read, got 1 of 13 that cannot, at ROOT: train/dog/empty.png is an empty"
                        + " file; mend or remove them, or leave them out with --skip-bad-images");
        Files.delete(root.resolve("train/dog/empty.png"));
        assertRefused("expected images that can be read, got 6 of 12 that cannot, at ROOT: train/cat/bad0.jpg is a JPEG"
                + " file that ends before its image does, train/cat/bad1.jpg is");
        PackedFolder packed = skipping();
        assertThat(values(packed, Part.TRAINING)).containsExactly("10:0", "110:1", "111:1", "112:1", "11:0", "12:0");
        assertThat(packed.notes())
                .containsExactly(
                        "6 images that cannot be read are left out: train/cat/bad0.jpg is a JPEG file that ends"
                                + " before its image does, ...");
    }

    /** A model cannot learn it, and the run would go on as if there were one class fewer. */
    @Test
    void aClassOfWhichNoTrainingImageCanBeReadIsRefusedEvenWhereBadImagesAreLeftOut() throws Exception {
        twoClasses("train/", 3);
        twoClasses("test/", 2);
        for (int i = 0; i < 3; i++) {
            put("train/dog/" + i + ".png", new byte[0]);
        }

        assertThatThrownBy(this::skipping)
                .isInstanceOf(InputException.class)
                .hasMessage("expected images of the class dog that can be read, got none of 3, at " + root
                        + ": train/dog/0.png is an empty file; mend them, or remove the folder of the class");
    }

    @Test
    void theContentDecidesWhatAFileIs() throws Exception {
        twoClasses("train/", 2);
        put("train/cat/9.jpg", flat(77));
        PackedFolder packed = open();

        assertThat(values(packed, Part.TRAINING)).contains("77:0");
        assertThat(packed.notes())
                .containsExactly(
                        "1 image has a name of another format than its content, which decides: train/cat/9.jpg is"
                                + " a PNG file");
    }

    @Test
    void greyImagesBecomeColoursWhereAnyImageHasThem() throws Exception {
        twoClasses("train/", 1);
        put("train/cat/c.png", TestImages.png(4, 5, 3));
        PackedFolder packed = open();
        Map<Part, PackedFolder.Images> parts = packed.parts();
        byte[] pixels = Objects.requireNonNull(parts.get(Part.TRAINING)).pixels();

        assertThat(packed.shape().channels()).isEqualTo(3);
        assertThat(pixels).containsSequence(110, 110, 110, 110, 110, 110);
    }
}
