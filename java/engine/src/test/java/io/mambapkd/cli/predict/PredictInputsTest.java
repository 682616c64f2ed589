package io.mambapkd.cli.predict;

import static io.mambapkd.cli.predict.PredictRuns.gzip;
import static io.mambapkd.cli.predict.PredictRuns.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.cli.CommandRun;
import io.mambapkd.cli.predict.PredictRuns.Row;
import io.mambapkd.data.archive.TarBytes;
import io.mambapkd.data.formats.BadImageException;
import io.mambapkd.data.formats.EncodedImage;
import io.mambapkd.data.formats.TestImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** All kinds of inputs, whose results are those of the classifier called with the pixels. */
final class PredictInputsTest {
    @TempDir
    private static Path shared;

    private static PredictRuns grey;
    private static PredictRuns colours;

    @TempDir
    private Path folder;

    @BeforeAll
    static void writeChains() throws IOException {
        grey = new PredictRuns(shared.resolve("grey"), 1);
        colours = new PredictRuns(shared.resolve("colours"), 3);
    }

    private static List<Row> rows(CommandRun run) {
        return grey.rows(run);
    }

    /** Of grey images with the numbers from 0. */
    private static List<Row> expected(int count, java.util.function.IntFunction<String> name) {
        return IntStream.range(0, count)
                .mapToObj(i -> grey.row(name.apply(i), i))
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"grey, png", "grey, bmp", "grey, gif", "colours, png", "colours, bmp"})
    void anImageOfEachFormatWithoutLoss(String chain, String format) throws IOException {
        PredictRuns runs = chain.equals("grey") ? grey : colours;
        Path image = write(folder.resolve("a." + format), runs.file(7, format));

        CommandRun run = runs.predict(image, "--format", "jsonl");

        assertThat(runs.rows(run)).containsExactly(runs.row(image.toString(), 7));
        assertThat(run.err()).contains("1 image in ").contains("% of the teacher's FLOPs");
    }

    /** Of other sizes and colours than the model's. */
    @ParameterizedTest
    @ValueSource(strings = {"grey", "colours"})
    void imagesAreBroughtToTheModelAsTrainingDoesIt(String chain) throws IOException, BadImageException {
        PredictRuns runs = chain.equals("grey") ? grey : colours;
        byte[] jpeg = TestImages.jpeg(TestImages.shapes(40, 33, java.awt.image.BufferedImage.TYPE_INT_RGB, 5));
        byte[] png = TestImages.png(21, 60, 6);
        Path first = write(folder.resolve("first.jpg"), jpeg);
        Path second = write(folder.resolve("second.png"), png);
        Path third = write(folder.resolve("third.png"), runs.png(3));

        CommandRun run = runs.predict(first, second, third, "--format", "jsonl");

        byte[] a = new byte[runs.shape.elements()];
        byte[] b = a.clone();
        EncodedImage.decode(jpeg, runs.shape.height(), runs.shape.width(), runs.shape.channels(), a, 0);
        EncodedImage.decode(png, runs.shape.height(), runs.shape.width(), runs.shape.channels(), b, 0);
        assertThat(runs.rows(run))
                .containsExactly(
                        runs.row(first.toString(), a, runs.classifier.usualBudget()),
                        runs.row(second.toString(), b, runs.classifier.usualBudget()),
                        runs.row(third.toString(), 3));
        assertThat(run.err().lines())
                .contains("note: 2 images are not " + runs.shape + "; they are brought to that as training does it");
    }

    @Test
    void aFolderIsGoneThroughInTheOrderOfNames() throws IOException {
        Path root = folder.resolve("photos");
        List<String> names = List.of("B/1.png", "B/b/0.PNG", "B/z.bmp", "a.png", "c/ä.png", "d.png");
        for (String name : List.of("d.png", "c/ä.png", "B/z.bmp", "B/1.png", "a.png", "B/b/0.PNG")) {
            write(root.resolve(name), grey.file(names.indexOf(name), name.endsWith("bmp") ? "bmp" : "png"));
        }
        write(root.resolve(".hidden.png"), new byte[3]);
        write(root.resolve("B/Thumbs.db"), new byte[3]);
        write(root.resolve("B/notes.txt"), new byte[3]);

        CommandRun run = grey.predict(root, "--format", "jsonl");

        assertThat(rows(run))
                .isEqualTo(expected(6, i -> root.resolve(names.get(i)).toString()));
        assertThat(run.err())
                .contains("note: 1 file that is no PNG, JPEG, GIF or BMP is passed over (1 with .txt), at " + root);
    }

    @Test
    void aLinkThatLeadsBackIsNamedAndTheRestGoesOn() throws IOException {
        Path root = folder.resolve("photos");
        write(root.resolve("a.png"), grey.png(0));
        write(root.resolve("z.png"), grey.png(1));
        Path link = Files.createSymbolicLink(root.resolve("b"), root);
        Path lost = Files.createSymbolicLink(root.resolve("c.png"), root.resolve("nothing"));

        CommandRun run = grey.predict(root, "--format", "jsonl");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(Row.ofJson(run.out()))
                .containsExactly(
                        grey.row(root.resolve("a.png").toString(), 0),
                        grey.row(root.resolve("z.png").toString(), 1));
        assertThat(run.err().lines())
                .contains(
                        "cannot read " + link + ": it is a link that leads back to a folder above it",
                        "cannot read " + lost + ": it is a link to something that is not there");
    }

    @ParameterizedTest
    @ValueSource(strings = {"images-idx3-ubyte", "images-idx3-ubyte.gz", "whatever"})
    void anIdxFile(String name) throws IOException {
        byte[] idx = grey.idx(150);
        Path file = write(folder.resolve(name), name.endsWith(".gz") ? gzip(idx) : idx);

        assertThat(rows(grey.predict(file, "--format", "jsonl"))).isEqualTo(expected(150, i -> file + "[" + i + "]"));
    }

    @Test
    void anIdxFileOfColours() throws IOException {
        Path file = write(folder.resolve("images"), colours.idx(5));

        List<Row> rows = colours.rows(colours.predict(file, "--format", "jsonl"));

        assertThat(rows)
                .isEqualTo(IntStream.range(0, 5)
                        .mapToObj(i -> colours.row(file + "[" + i + "]", i))
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"photos.tar", "photos.tar.gz", "photos.tgz", "archive"})
    void aTarArchiveWithLongNamesOfAllKinds(String name) throws IOException {
        String gnu = "g/" + "g".repeat(200) + ".png";
        String pax = "p/ü" + "p".repeat(200) + ".png";
        byte[] tar = new TarBytes()
                .entry("a/", '5', new byte[0])
                .file("a/0.png", grey.png(0))
                .gnuFile(gnu, grey.png(1))
                .file("a/readme.txt", new byte[700])
                .paxFile(pax, grey.png(2))
                .entry("a/link.png", '2', new byte[0])
                .file("a/._0.png", new byte[10])
                .file("../up.bmp", grey.file(3, "bmp"))
                .closed();
        Path file = write(folder.resolve(name), name.endsWith("gz") ? gzip(tar) : tar);

        CommandRun run = grey.predict(file, "--format", "jsonl");

        List<String> names = List.of("a/0.png", gnu, pax, "../up.bmp");
        assertThat(rows(run)).isEqualTo(expected(4, i -> file + ":" + names.get(i)));
        assertThat(run.err()).contains("(1 with .txt)").contains("1 link is passed over");
    }

    @Test
    void theStandardInputIsWhatItsFirstBytesTell() {
        byte[] tar = new TarBytes().file("x.png", grey.png(0)).closed();

        assertThat(rows(grey.predict(grey.png(0), "-", "--format", "jsonl"))).isEqualTo(expected(1, i -> "-"));
        assertThat(rows(grey.predict(grey.idx(3), "-", "--format", "jsonl")))
                .isEqualTo(expected(3, i -> "-[" + i + "]"));
        assertThat(rows(grey.predict(gzip(grey.idx(3)), "-", "--format", "jsonl")))
                .isEqualTo(expected(3, i -> "-[" + i + "]"));
        assertThat(rows(grey.predict(tar, "-", "--format", "jsonl"))).isEqualTo(expected(1, i -> "-:x.png"));
        assertThat(rows(grey.predict(gzip(tar), "-", "--format", "jsonl"))).isEqualTo(expected(1, i -> "-:x.png"));
    }

    /** Files, a folder, an IDX file and an archive on eight threads: the order is that of the command line, and within each its own. */
    @Test
    void theOrderIsThatOfTheInputWhateverTheThreads() throws IOException {
        List<Row> expected = new ArrayList<>();
        Path root = folder.resolve("many");
        for (int i = 0; i < 400; i++) {
            Path image = write(root.resolve(String.format("%03d.png", i)), grey.png(i));
            expected.add(grey.row(image.toString(), i));
        }
        Path idx = write(folder.resolve("idx"), grey.idx(700));
        TarBytes tar = new TarBytes();
        for (int i = 0; i < 700; i++) {
            expected.add(grey.row(idx + "[" + i + "]", i));
        }
        for (int i = 0; i < 300; i++) {
            tar.file(i + ".png", grey.png(i));
            expected.add(grey.row("-:" + i + ".png", i));
        }
        Path last = write(folder.resolve("last.gif"), grey.file(1, "gif"));
        expected.add(grey.row(last.toString(), 1));

        for (int threads : new int[] {1, 8}) {
            CommandRun run =
                    grey.predict(tar.closed(), root, idx, "-", last, "--format", "jsonl", "--threads", threads);

            assertThat(rows(run)).isEqualTo(expected);
            assertThat(run.err()).contains("1,401 images in ");
        }
    }
}
