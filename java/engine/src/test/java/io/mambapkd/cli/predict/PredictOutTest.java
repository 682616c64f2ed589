package io.mambapkd.cli.predict;

import static io.mambapkd.cli.predict.PredictRuns.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.cli.CommandRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code --out} never takes what the prediction reads. */
final class PredictOutTest {
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

    private static String ofRun(Path out) {
        return "expected --out outside the run folder, which predict only reads, got " + out + " in " + runs.run
                + "; name another file";
    }

    private static String ofInput(Path out, Path input) {
        return "expected --out beside the inputs, got " + out + ", which is the input " + input + "; name another file";
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.json", "checkpoints/student-1.safetensors", "new.csv", "checkpoints/../model.json"})
    void aPlaceInTheRunFolderIsRefused(String name) throws IOException {
        Path image = write(folder.resolve("a.png"), runs.png(0));
        Path model = runs.run.resolve("model.json");
        byte[] before = Files.readAllBytes(model);
        Path out = runs.run.resolve(name);

        assertRefused(runs.predict(image, "--out", out), ofRun(out));
        assertThat(model).hasBinaryContent(before);
    }

    @Test
    void aLinkIntoTheRunFolderIsRefused() throws IOException {
        Path image = write(folder.resolve("a.png"), runs.png(0));
        Path file = Files.createSymbolicLink(folder.resolve("file"), runs.run.resolve("model.json"));
        Path below = Files.createSymbolicLink(folder.resolve("below"), runs.run.resolve("checkpoints"))
                .resolve("new.csv");

        assertRefused(runs.predict(image, "--out", file), ofRun(file));
        assertRefused(runs.predict(image, "--out", below), ofRun(below));
    }

    @Test
    void anInputIsRefusedByWhateverName() throws IOException {
        byte[] png = runs.png(0);
        Path image = write(folder.resolve("a.png"), png);
        Path other = write(folder.resolve("b.png"), runs.png(1));
        Path link = Files.createSymbolicLink(folder.resolve("link"), image);
        Path second = Files.createLink(folder.resolve("second"), image);

        for (Path out : new Path[] {image, link, second, folder.resolve("./a.png")}) {
            assertRefused(runs.predict(other, image, "--out", out), ofInput(out, image));
        }
        assertThat(image).hasBinaryContent(png);
    }

    @Test
    void anImageInAnInputFolderIsRefusedAndAnotherFileInItIsNot() throws IOException {
        Path photos = folder.resolve("photos");
        Path image = write(photos.resolve("below/a.png"), runs.png(0));
        Path out = photos.resolve("below/out.csv");

        assertRefused(
                runs.predict(photos, "--out", image),
                "expected --out beside the inputs, got " + image + ", which is an image in the input " + photos
                        + "; name another file");
        assertThat(runs.predict(photos, "--out", out).exitCode()).isZero();
        assertThat(out).isNotEmptyFile();
    }
}
