package io.mambapkd.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.runtime.model.InvalidModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that are no model, or not the one that they say. */
class ModelFilesTest {
    @TempDir
    Path folder;

    @BeforeEach
    void write() throws IOException {
        TinyModel.write(folder);
    }

    private void assertRefused(String... parts) {
        assertThatThrownBy(() -> AnytimeClassifier.load(folder))
                .isInstanceOf(InvalidModelException.class)
                .satisfies(e -> assertThat(e.getMessage()).contains(parts));
    }

    private void change(String from, String to) throws IOException {
        Path file = folder.resolve("model.json");
        String text = Files.readString(file);
        assertThat(text).contains(from);
        Files.writeString(file, text.replaceFirst(java.util.regex.Pattern.quote(from), to));
    }

    @Test
    void aFolderWithoutADescriptionIsNamed() throws IOException {
        Files.delete(folder.resolve("model.json"));
        assertRefused(folder.toString(), "expected a run folder with model.json, got a folder without it", "calibrate");
        assertThatThrownBy(() -> AnytimeClassifier.load(folder.resolve("none"))).hasMessageContaining("got no folder");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"mixer\": \"scan\" | \"mixer\": \"attention\" | mixer: expected scan or conv or none, got 'attention'",
                "\"order\": \"alternating\" | \"order\": \"spiral\" | order: expected row or column or",
                "\"reuse\": \"none\" | \"reuse\": \"features\" | reuse: expected none or logits",
                "\"readOut\": \"flat\" | \"readOut\": \"last\" | readOut: expected flat or mean",
                "\"version\": 1 | \"version\": 2 | version: expected version 1, which this runtime reads, got '2'",
                "\"format\": \"mamba-pkd chain\" | \"format\": \"other\" | expected the model.json of a run folder",
                "\"blocks\": 2 | \"blocks\": 0 | blocks: expected an integer from 1 to 64, got '0'",
                "\"blocks\": 2 | \"blocks\": 1.5 | blocks: expected an integer from 1 to 64, got '1.5'",
                "\"blocks\": 2 | \"blocks\": 2, \"heads\": 4 | got 'heads'; use a newer version of the runtime",
                "\"blocks\": 2 | \"blocks\": 2, \"blocks\": 2 | got the key 'blocks' twice",
                "\"blocks\": 2, | \"width\": 2, | got 'width'",
                "\"threshold\": 0.7 | \"threshold\": 1.9 | threshold: expected a number from 0.0 to 1.0, got '1.9'",
                "\"file\": \"checkpoints/rows.safetensors\" | \"file\": \"../rows.safetensors\" | expected a file within the folder",
                "\"channels\": 1 | \"channels\": 2 | expected 1 or 3 channels, got '2'",
                "\"rule\": \"regret\" | \"rule\": \"oracle\" | rule: expected confidence or regret",
                "\"regret\": [[-2, | \"regret\": [[7, -2, | expected 5 numbers, got a list of 6",
                "\"mean\": [0.25] | \"mean\": [0.25, 0.5] | mean: expected a number for each of 1 channels, got a list of 2",
                "\"modelWidth\": 4 | \"modelWidth\": 5 | expected the tensor embed.weight with the shape [5, 10], got [4, 10]",
                "\"stateSize\": 3 | \"stateSize\": 4 | x_proj.weight with the shape [9, 8], got [7, 8]",
                "\"mixer\": \"scan\" | \"mixer\": \"conv\" | got layers.0.mixer.x_proj.weight, too"
            })
    void whatTheRuntimeDoesNotKnowIsRefusedByName(String from, String to, String expected) throws IOException {
        change(from, to);
        assertRefused(expected);
    }

    @Test
    void anotherCheckpointThanTheDescribedOneIsRefused() throws IOException {
        Path checkpoints = folder.resolve("checkpoints");
        Files.copy(
                checkpoints.resolve("columns.safetensors"),
                checkpoints.resolve("rows.safetensors"),
                StandardCopyOption.REPLACE_EXISTING);
        assertRefused("rows.safetensors: expected the file that model.json was written for (SHA-256 ");
        Files.delete(checkpoints.resolve("rows.safetensors"));
        assertRefused("rows.safetensors: expected the student rows, got no file; copy the whole run folder");
        Files.createDirectory(checkpoints.resolve("rows.safetensors"));
        assertRefused("expected a file, got a folder or a device");
    }

    @Test
    void noTruncationAndNoChangedByteOfTheDescriptionEndsInAnythingButARefusalOrAModel() throws IOException {
        Path file = folder.resolve("model.json");
        byte[] whole = Files.readAllBytes(file);
        Random random = new Random(1);
        int refused = 0;
        for (int i = 0; i < 600; i++) {
            byte[] bytes =
                    i % 2 == 0 ? java.util.Arrays.copyOf(whole, random.nextInt(whole.length - 2)) : whole.clone();
            if (i % 2 == 1) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            Files.write(file, bytes);
            try {
                AnytimeClassifier.load(folder);
            } catch (InvalidModelException e) {
                assertThat(e.getMessage()).startsWith(folder.toString());
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(300);
    }
}
