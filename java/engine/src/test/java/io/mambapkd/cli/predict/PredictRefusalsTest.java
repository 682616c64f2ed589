package io.mambapkd.cli.predict;

import static io.mambapkd.cli.predict.PredictRuns.gzip;
import static io.mambapkd.cli.predict.PredictRuns.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.cli.CommandRun;
import io.mambapkd.cli.predict.PredictRuns.Row;
import io.mambapkd.cli.session.Jobs;
import io.mambapkd.data.archive.TarBytes;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is given wrong: as a whole, which is told before any work, and single images, beside which the others are classified. */
final class PredictRefusalsTest {
    @TempDir
    private static Path shared;

    private static PredictRuns runs;

    @TempDir
    private Path folder;

    @BeforeAll
    static void writeChain() throws IOException {
        runs = new PredictRuns(shared.resolve("run"), 1);
    }

    private static void assertRefused(CommandRun run, String sentence) {
        assertThat(run.err()).isEqualToIgnoringNewLines("mamba-pkd: " + sentence);
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
    }

    /** Exit code 1, the images with the numbers from 0 classified, and these lines before the last. */
    private static void assertPart(CommandRun run, int images, String... lines) {
        assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
        assertThat(Row.ofJson(run.out()).stream().map(Row::label))
                .isEqualTo(IntStream.range(0, images)
                        .mapToObj(i -> runs.row("", i).label())
                        .toList());
        assertThat(run.err().lines().filter(line -> line.startsWith("cannot read")))
                .containsExactly(lines);
    }

    @Test
    void aFolderThatIsNoModelIsNamedWithWhatMakesItOne() throws IOException {
        Path image = write(folder.resolve("a.png"), runs.png(0));
        Path run = Files.createDirectories(folder.resolve("run"));

        CommandRun refused = CommandRun.of(Jobs.REAL, folder, "predict", run.toString(), image.toString());

        assertRefused(
                refused,
                run
                        + ": expected a run folder with model.json, got a folder without it; mamba-pkd calibrate writes it");
    }

    @Test
    void aFileInPlaceOfTheRunFolderIsNamed() throws IOException {
        Path image = write(folder.resolve("a.png"), runs.png(0));
        Path model = runs.run.resolve("model.json");

        CommandRun refused = CommandRun.of(Jobs.REAL, folder, "predict", model.toString(), image.toString());

        assertRefused(
                refused,
                "expected a run folder, got a file, at " + model + "; name the folder that holds its model.json");
    }

    /** The heap ends while images are found, whatever the reason. */
    @Test
    void aFullHeapNamesWhatPredictCanDo() {
        CommandRun run = runs.predict(
                new FilterInputStream(InputStream.nullInputStream()) {
                    @Override
                    public int read(byte[] target, int from, int count) {
                        throw new OutOfMemoryError("Java heap space");
                    }
                },
                "-");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err())
                .contains("MiB of memory that Java may use are not enough; allow more, as with MAMBA_PKD_OPTS='-Xmx")
                .endsWith("', or use fewer threads with --threads" + System.lineSeparator());
    }

    @Test
    void aRunWithoutItsStudentsIsNamed() throws IOException {
        PredictRuns lacking = new PredictRuns(folder.resolve("run"), 1);
        Path student = lacking.run.resolve("checkpoints/student-2.safetensors");
        Files.delete(student);

        assertRefused(
                lacking.predict(write(folder.resolve("a.png"), runs.png(0))),
                student + ": expected the student student1, got no file; copy the whole run folder");
    }

    @Test
    void aPlaceWithNothingIsNamedBeforeAnyWork() throws IOException {
        Path image = write(folder.resolve("a.png"), runs.png(0));
        Path nothing = folder.resolve("b.png");

        assertRefused(
                runs.predict(image, nothing),
                "expected images, got what cannot be read (there is no such file or folder), at " + nothing
                        + "; correct the name, or allow your user to read it");
    }

    @Test
    void aFolderWithoutImagesIsNamedBeforeAnyWork() throws IOException {
        Path image = write(folder.resolve("a.png"), runs.png(0));
        Path empty = Files.createDirectories(folder.resolve("empty/below")).getParent();
        write(empty.resolve("below/notes.txt"), new byte[1]);

        assertRefused(
                runs.predict(image, empty),
                "expected a folder with PNG, JPEG, GIF or BMP images, got one without, at " + empty
                        + "; name another folder");
    }

    /** Found in a file before any work, and in a stream when it is its turn. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anIdxFileOfAnythingElseThanImagesForTheModelIsRefused(boolean isFile) throws IOException {
        byte[] labels = ByteBuffer.allocate(10).putInt(0x801).putInt(2).array();
        byte[] other = ByteBuffer.allocate(16 + 50 * 50)
                .putInt(0x803)
                .putInt(1)
                .putInt(50)
                .putInt(50)
                .array();
        byte[] floats = runs.idx(1);
        floats[2] = 0x0d;

        assertRefusedIdx(isFile, labels, "one of labels", "name the file of the images");
        assertRefusedIdx(isFile, gzip(labels), "one of labels", "name the file of the images");
        assertRefusedIdx(
                isFile,
                other,
                "1 images of 50x50",
                "the model takes images of " + runs.shape + ": bring them to this size, or take another model");
        assertRefusedIdx(isFile, floats, "one of floats", "write unsigned bytes");
        assertRefusedIdx(isFile, Arrays.copyOf(labels, 6), "a file that ends within its header", "get the file again");
        assertRefusedIdx(isFile, runs.idx(0), "one without images (an extent of 0)", "get the file again");
    }

    private void assertRefusedIdx(boolean isFile, byte[] content, String got, String remedy) throws IOException {
        Path file = write(folder.resolve("idx"), content);
        CommandRun run = isFile ? runs.predict(runs.png(0), "-", file) : runs.predict(content, "-");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err())
                .endsWith("mamba-pkd: expected an IDX file of images, got " + got + ", at " + (isFile ? file : "-")
                        + "; " + remedy + System.lineSeparator());
        assertThat(run.out().lines().skip(1)).isEmpty();
    }

    @Test
    void anEmptyStandardInputIsRefusedBeforeAnythingIsPrinted() {
        CommandRun run = runs.predict(new byte[0], "-");

        assertRefused(run, "expected images, got nothing, at -; send an image, an IDX file or a tar");
    }

    @Test
    void emptyFilesAreNamedAndTheRestGoesOn() throws IOException {
        Path image = write(folder.resolve("a.png"), runs.png(0));
        Path empty = write(folder.resolve("zero.bin"), new byte[0]);
        Path packed = write(folder.resolve("zero.gz"), gzip(new byte[0]));
        Path last = write(folder.resolve("b.png"), runs.png(1));

        CommandRun run = runs.predict(new byte[0], image, empty, packed, "/dev/null", "-", last, "--format", "jsonl");

        assertPart(
                run,
                2,
                "cannot read " + empty + ": it is an empty file",
                "cannot read " + packed + ": it is an empty file",
                "cannot read /dev/null: it is an empty file",
                "cannot read -: it is an empty file");
    }

    @Test
    void imagesThatCannotBeReadAreNamedUpTo20OfThem() throws IOException {
        Path root = folder.resolve("photos");
        List<String> sentences = new ArrayList<>();
        int good = 0;
        for (int i = 0; i < 300; i++) {
            Path image = root.resolve(String.format("%03d.png", i));
            if (i % 11 == 3) {
                byte[] png = runs.png(0);
                write(image, Arrays.copyOf(png, png.length / 2));
                sentences.add("cannot read " + image + ": it is a PNG file that is cut off");
            } else {
                write(image, runs.png(good++));
            }
        }

        CommandRun run = runs.predict(root, "--format", "jsonl", "--threads", 4);

        assertThat(sentences).hasSize(27);
        List<String> lines = new ArrayList<>(sentences.subList(0, 20));
        lines.add("cannot read 7 more");
        assertPart(run, good, lines.toArray(String[]::new));
        assertThat(run.err().strip()).endsWith("; 27 could not be read");
    }

    @Test
    void aFileOfAnotherKindIsNamedAsThatKind() throws IOException {
        Path pdf = write(folder.resolve("a.pdf"), "%PDF-1.7".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        Path image = write(folder.resolve("b.png"), runs.png(0));

        assertPart(runs.predict(pdf, image, "--format", "jsonl"), 1, "cannot read " + pdf + ": it is a PDF file");
    }

    @Test
    void whatIsMissingAtTheEndOfAnIdxFileIsTold() throws IOException {
        byte[] whole = runs.idx(100);
        int cut = 16 + 57 * runs.shape.elements() + 5;
        Path file = write(folder.resolve("idx"), Arrays.copyOf(whole, cut));
        Path more = write(folder.resolve("more"), Arrays.copyOf(whole, whole.length + 1));

        String sentence = ": it is an IDX file that is cut off: it has 57 of its 100 images";
        assertPart(runs.predict(file, "--format", "jsonl"), 57, "cannot read " + file + sentence);
        assertPart(runs.predict(Arrays.copyOf(whole, cut), "-", "--format", "jsonl"), 57, "cannot read -" + sentence);
        assertPart(
                runs.predict(more, "--format", "jsonl"),
                100,
                "cannot read " + more + ": it is an IDX file that goes on behind its 100 images");
    }

    @Test
    void aGzipFileThatIsCutOffOrDamagedIsTold() throws IOException {
        byte[] packed = gzip(runs.idx(100));
        byte[] damaged = packed.clone();
        damaged[packed.length - 6] ^= 1;
        Path cut = write(folder.resolve("cut.gz"), Arrays.copyOf(packed, packed.length - 3));
        Path wrong = write(folder.resolve("wrong.gz"), damaged);

        assertPart(
                runs.predict(cut, "--format", "jsonl"),
                100,
                "cannot read " + cut + ": it is a gzip file that is cut off");
        assertPart(
                runs.predict(wrong, "--format", "jsonl"),
                100,
                "cannot read " + wrong + ": it is a damaged gzip file (corrupt GZIP trailer)");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            300  | a tar archive that is cut off, without images                             | 0
            -700 | a tar archive that is cut off, of which 2 images could be reached         | 2
            -1   | a tar archive that is cut off, of which 2 images could be reached         | 2
            0    | a tar archive that is cut off, of which 3 images could be reached         | 3
            """)
    void anArchiveThatIsCutOffIsTold(int length, String what, int images) throws IOException {
        byte[] open = new TarBytes()
                .file("0.png", runs.png(0))
                .file("1.png", runs.png(1))
                .file("2.png", Arrays.copyOf(runs.png(2), 1024))
                .open();
        byte[] cut = Arrays.copyOf(open, length > 0 ? 512 + length : open.length + length);

        assertPart(runs.predict(cut, "-", "--format", "jsonl"), images, "cannot read -: it is " + what);
    }

    @Test
    void aDamagedHeaderEndsAnArchive() throws IOException {
        byte[] first = new TarBytes().file("0.png", runs.png(0)).open();
        byte[] tar = new TarBytes()
                .file("0.png", runs.png(0))
                .file("1.png", runs.png(1))
                .closed();
        tar[first.length + 3] ^= 1;
        Path file = write(folder.resolve("a.tar"), tar);

        assertPart(
                runs.predict(file, "--format", "jsonl"),
                1,
                "cannot read " + file
                        + ": it is a tar archive with a header with a wrong checksum in entry 2, of which 1 images could be reached");
    }

    @Test
    void anArchiveWithoutImagesIsTold() throws IOException {
        Path file = write(
                folder.resolve("a.tar"),
                new TarBytes().file("a.txt", new byte[3]).closed());

        assertPart(
                runs.predict(file, "--format", "jsonl"),
                0,
                "cannot read " + file + ": it is a tar archive without images");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --students 0               | --students: expected from 1 to 3, the students of the run, got 0
            --students 4               | --students: expected from 1 to 3, the students of the run, got 4
            --all-students --max-accuracy-drop 1 | only one of --max-accuracy-drop, --threshold and --all-students can be given; leave the others out
            --threshold --all-students | only one of --max-accuracy-drop, --threshold and --all-students can be given; leave the others out
            --threads 0                | --threads must be from 1 to 256, got 0
            """)
    void wrongOptionsAreOneSentence(String options, String sentence) throws IOException {
        List<Object> words = new ArrayList<>(List.of(write(folder.resolve("a.png"), runs.png(0))));
        words.addAll(List.of(options.split(" ")));

        assertRefused(runs.predict(words.toArray()), sentence);
    }

    @Test
    void aDropWithoutACertificateNamesWhatMakesOne() throws IOException {
        assertRefused(
                runs.predict(write(folder.resolve("a.png"), runs.png(0)), "--max-accuracy-drop", "0.5"),
                "--max-accuracy-drop: expected a drop that the run is certified for, which are none, got 0.5, at "
                        + runs.run + "; certify it with mamba-pkd calibrate, or leave the option out");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.2f", "2e-1", "0x1p-1", "-0.5", "NaN", "1.", "half"})
    void aDropIsAPlainDecimal(String drop) throws IOException {
        assertRefused(
                runs.predict(write(folder.resolve("a.png"), runs.png(0)), "--max-accuracy-drop=" + drop),
                "expected --max-accuracy-drop as points of accuracy, got '" + drop + "'; write such as 0.5");
    }

    @Test
    void aFormatThatIsNoneIsRefused() throws IOException {
        CommandRun run = runs.predict(write(folder.resolve("a.png"), runs.png(0)), "--format", "xml");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("expected table, csv or jsonl, got 'xml'");
    }

    @Test
    void aFullDiskIsNamed() throws IOException {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.isWritable(full), "a device that is always full");
        Path idx = write(folder.resolve("idx"), runs.idx(3));

        CommandRun run = runs.predict(idx, "--out", full);

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err())
                .isEqualToIgnoringNewLines(
                        "mamba-pkd: cannot write /dev/full: no space left on device; make room or make the"
                                + " folder writable, or name another one with --out");
    }

    @Test
    void whatFailsOnTheWayLeavesTheFileAsItWas() throws IOException {
        Path out = Files.writeString(folder.resolve("out.csv"), "before");
        Path idx = write(folder.resolve("idx"), runs.idx(300));

        CommandRun run = runs.predict(runs.idx(0), idx, "-", "--out", out);

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(out).hasContent("before");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactlyInAnyOrder(out, idx);
        }
    }
}
