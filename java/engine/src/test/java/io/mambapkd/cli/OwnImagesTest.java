package io.mambapkd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.data.formats.TestImages;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.RunSpecYaml;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the commands do with a folder of images. */
final class OwnImagesTest {
    private final FakeJobs jobs = new FakeJobs();

    @TempDir
    private Path folder;

    @BeforeEach
    void makeImages() throws IOException {
        for (String name : List.of("cat", "dog")) {
            Path place = Files.createDirectories(folder.resolve("pets/train").resolve(name));
            for (int i = 0; i < 120; i++) {
                Files.write(place.resolve(i + ".png"), TestImages.png(20 + i % 2, 30, i + name.hashCode()));
            }
        }
    }

    private CommandRun run(String... more) {
        List<String> words = new ArrayList<>(List.of(
                "distill",
                "--device",
                "cpu",
                "--dataset",
                "folder:" + folder.resolve("pets"),
                "--cache-dir",
                folder.resolve("cache").toString()));
        words.addAll(List.of(more));
        return CommandRun.of(jobs, folder.resolve("runs"), words.toArray(String[]::new));
    }

    @Test
    void imagesOfDifferentSizesAreRefusedInOneSentence() {
        CommandRun run = run();

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err())
                .isEqualTo(
                        "mamba-pkd: expected images of one size, got 2 sizes, the smallest 20x30, the most frequent 20x30"
                                + " (120 images; rows x columns), at " + folder.resolve("pets")
                                + "; bring all to one size with --image-size 20 or --image-size 20x30\n");
        assertThat(folder.resolve("cache"))
                .isDirectoryNotContaining(file -> !file.toString().endsWith(".lock"));
        assertThat(folder.resolve("runs")).doesNotExist();
    }

    @Test
    void aSizeAndChannelsAreSettingsOfTheRun() throws Exception {
        CommandRun run = run(
                "--image-size",
                "28",
                "--channels",
                "1",
                "--out",
                folder.resolve("run").toString());

        assertThat(run.exitCode()).as(run.err()).isZero();
        RunSpec spec = RunSpecYaml.complete(folder.resolve("run/config.yaml"));
        assertThat(spec.images().size()).hasToString("28x28");
        assertThat(spec.images().channels()).isEqualTo(1);
        assertThat(run.err()).contains("decoding images: started\n").contains("note: 24 of the 240 images are drawn");

        CommandRun again = run("--image-size", "28x28", "--channels", "1");
        assertThat(again.exitCode()).as(again.err()).isZero();
        assertThat(again.err()).doesNotContain("decoding");
    }

    @Test
    void wrongValuesAreToldWithTheOption() {
        assertThat(run("--image-size", "0").err())
                .contains("--image-size 0: images.size must be a size of images in pixels, as 32, or 24x32"
                        + " (rows x columns), from 1 to 4096, or auto, got '0'");
        assertThat(run("--channels", "2").err())
                .contains("--channels 2: images.channels must be 1 or 3, or 0 for what the images have, got 2");
    }

    @Test
    void aSizeForImagesThatHaveOneIsRefusedNotPassedOver() {
        CommandRun run = mnist("--image-size", "32");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err())
                .isEqualTo("mamba-pkd: expected folder:DIR as the dataset with --image-size, got 'mnist'; leave"
                        + " --image-size out, as these images have a size and channels of their own\n");
    }

    @Test
    void aSizeInThePresetOrASingleValueIsRefusedForOtherDataToo() {
        String rest = ", as these images have a size and channels of their own\n";
        assertThat(mnist("--preset", "folder-demo").err())
                .isEqualTo(
                        "mamba-pkd: expected folder:DIR as the dataset with images.size 32x32, got 'mnist'; set it back"
                                + " with --set images.size=auto" + rest);
        assertThat(mnist("--set", "images.channels=3").err())
                .isEqualTo(
                        "mamba-pkd: expected folder:DIR as the dataset with images.channels 3, got 'mnist'; set it back"
                                + " with --set images.channels=0" + rest);
        CommandRun run = mnist("--set", "images.size=auto", "--set", "images.channels=0");
        assertThat(run.exitCode()).as(run.err()).isZero();
    }

    private CommandRun mnist(String... more) {
        List<String> words = new ArrayList<>(List.of("distill", "--device", "cpu", "--dataset", "mnist"));
        words.addAll(List.of(more));
        return CommandRun.of(jobs, folder.resolve("runs"), words.toArray(String[]::new));
    }

    @Test
    void damagedImagesAreRefusedOrLeftOut() throws Exception {
        Path bad = Files.write(folder.resolve("pets/train/cat/bad.png"), new byte[20]);

        CommandRun refused = run("--image-size", "28");
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).contains("train/cat/" + bad.getFileName() + " is no PNG, JPEG, GIF or BMP file; ");
        CommandRun run = run("--image-size", "28", "--skip-bad-images");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).contains("note: 1 image that cannot be read is left out: train/cat/bad.png is");
    }
}
