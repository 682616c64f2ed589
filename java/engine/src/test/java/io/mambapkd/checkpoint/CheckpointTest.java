package io.mambapkd.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.nn.Decay;
import io.mambapkd.nn.Initializer;
import io.mambapkd.nn.Parameter;
import io.mambapkd.nn.Parameters;
import io.mambapkd.ops.cpu.CpuBackend;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
    private static final Map<String, String> METADATA = Map.of("model", "rows x4", "dataset", "mnist", "seed", "1");

    @TempDir
    Path folder;

    private final CpuBackend backend = new CpuBackend(1);
    private final List<Parameters> opened = new ArrayList<>();

    @AfterEach
    void close() {
        opened.forEach(Parameters::close);
        backend.close();
    }

    private Parameters model(int seed) {
        Parameters parameters = new Parameters(backend, "model");
        opened.add(parameters);
        // Weights with and without decay and a buffer: three different places in memory.
        parameters.declare("norm.weight", Decay.NO, Initializer.normal(1), 3);
        parameters.declare("mixer.in_proj.weight", Decay.YES, Initializer.normal(1), 4, 3);
        parameters.declareBuffer("bn.running_mean", Initializer.normal(1), 5);
        parameters.seal();
        parameters.initialise(seed, 0);
        return parameters;
    }

    private List<float[]> values(Parameters parameters) {
        return parameters.all().stream()
                .map(parameter -> backend.download(parameter.value()))
                .toList();
    }

    @Test
    void aModelThatIsSavedAndLoadedHasTheSameBits() {
        Path file = folder.resolve("a.safetensors");
        Parameters saved = model(1);
        Checkpoint.save(file, saved, backend, METADATA);
        Parameters loaded = model(2);
        assertThat(values(loaded)).isNotEqualTo(values(saved));
        assertThat(Checkpoint.load(file, loaded, backend)).isEqualTo(METADATA);
        assertThat(values(loaded)).usingRecursiveComparison().isEqualTo(values(saved));
    }

    @Test
    void theBytesDependOnValuesNamesAndMetadataAlone() throws IOException {
        Checkpoint.save(folder.resolve("a"), model(1), backend, METADATA);
        Map<String, String> reordered = new LinkedHashMap<>();
        List.of("seed", "model", "dataset").forEach(key -> reordered.put(key, METADATA.get(key)));
        Checkpoint.save(folder.resolve("b"), model(1), backend, reordered);
        assertThat(folder.resolve("a")).hasSameBinaryContentAs(folder.resolve("b"));
        Checkpoint.save(folder.resolve("b"), model(2), backend, reordered);
        assertThat(Files.mismatch(folder.resolve("a"), folder.resolve("b"))).isNotNegative();
    }

    @Test
    void everyBitFlipIsFoundAndLeavesTheModelAlone() throws IOException {
        Path file = folder.resolve("a");
        Checkpoint.save(file, model(1), backend, METADATA);
        byte[] content = Files.readAllBytes(file);
        Parameters target = model(2);
        List<float[]> before = values(target);
        Path damaged = folder.resolve("damaged");
        for (int bit = 0; bit < 8 * content.length; bit++) {
            byte[] flipped = content.clone();
            flipped[bit / 8] ^= (byte) (1 << (bit % 8));
            Files.write(damaged, flipped);
            assertThatThrownBy(() -> Checkpoint.load(damaged, target, backend))
                    .as("bit %d", bit)
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining(damaged.toString());
        }
        assertThat(values(target)).usingRecursiveComparison().isEqualTo(before);
        Files.write(damaged, content);
        assertThatCode(() -> Checkpoint.load(damaged, target, backend)).doesNotThrowAnyException();
    }

    @Test
    void everyTruncationIsFound() throws IOException {
        Path file = folder.resolve("a");
        Checkpoint.save(file, model(1), backend, METADATA);
        byte[] content = Files.readAllBytes(file);
        Parameters target = model(2);
        for (int length = 0; length < content.length; length++) {
            Files.write(file, Arrays.copyOf(content, length));
            assertThatThrownBy(() -> Checkpoint.load(file, target, backend)).isInstanceOf(InputException.class);
        }
    }

    @Test
    void aChangedValueWithTheOldHashIsCalledDamaged() throws IOException {
        Path file = folder.resolve("a");
        Checkpoint.save(file, model(1), backend, METADATA);
        byte[] content = Files.readAllBytes(file);
        content[content.length - 1] ^= 1;
        Files.write(file, content);
        assertThatThrownBy(() -> Checkpoint.load(file, model(2), backend))
                .hasMessageContaining("expected content with the SHA-256 of its metadata, got ")
                .hasMessageEndingWith(", at " + file + "; the file is damaged: use another copy");
    }

    @Test
    void aFileOfAnotherProgramIsRead() throws IOException {
        Path file = folder.resolve("foreign");
        Parameters saved = model(1);
        Files.write(file, new Safetensors(Map.of("format", "pt"), stored(saved)).toBytes());
        Parameters loaded = model(2);
        assertThat(Checkpoint.load(file, loaded, backend)).containsExactly(Map.entry("format", "pt"));
        assertThat(values(loaded)).usingRecursiveComparison().isEqualTo(values(saved));
    }

    @Test
    void everythingThatDoesNotFitIsReportedAtOnceAndTheModelStaysAsItWas() throws IOException {
        Path file = folder.resolve("other");
        List<StoredTensor> tensors = List.of(
                StoredTensor.of("mixer.in_proj.weight", List.of(3, 4), new float[12]),
                StoredTensor.of("norm.weight", List.of(3), new float[] {1, Float.NaN, 3}),
                StoredTensor.of("head.weight", List.of(2), new float[2]),
                StoredTensor.of("head.bias", List.of(1), new float[1]));
        Files.write(file, new Safetensors(Map.of(), tensors).toBytes());
        Parameters target = model(2);
        List<float[]> before = values(target);
        assertThatThrownBy(() -> Checkpoint.load(file, target, backend))
                .isInstanceOf(InputException.class)
                .hasMessage(
                        "expected the tensors of the configured model, got a file where "
                                + "norm.weight has values that are not finite, "
                                + "mixer.in_proj.weight is F32 (3, 4), not F32 (4, 3), which has the same axes in another order, "
                                + "bn.running_mean (5) is missing, "
                                + "head.weight (2) is not part of the model, "
                                + "head.bias (1) is not part of the model, at " + file
                                + "; bring the axes into the order of PyTorch, (outputs, inputs, rows, columns) for a convolution"
                                + " and (outputs, inputs) for a linear layer, or use a checkpoint of a model with the same settings");
        assertThat(values(target)).usingRecursiveComparison().isEqualTo(before);
    }

    @Test
    void oneTensorThatDoesNotFitKeepsTheOthersFromBeingLoaded() throws IOException {
        Path file = folder.resolve("other");
        List<StoredTensor> tensors = new ArrayList<>(stored(model(1)));
        tensors.set(2, StoredTensor.of("bn.running_mean", List.of(4), new float[4]));
        Files.write(file, new Safetensors(Map.of(), tensors).toBytes());
        Parameters target = model(2);
        List<float[]> before = values(target);
        assertThatThrownBy(() -> Checkpoint.load(file, target, backend)).isInstanceOf(InputException.class);
        assertThat(values(target)).usingRecursiveComparison().isEqualTo(before);
    }

    @Test
    void valuesThatAreNotFiniteAreNotSaved() {
        Path file = folder.resolve("a");
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            Parameters diverged = model(1);
            Parameter weight = diverged.all().get(0);
            backend.upload(new float[] {1, 2, bad}, weight.value());
            assertThatThrownBy(() -> Checkpoint.save(file, diverged, backend, METADATA))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("got " + bad + " in element 2 of norm.weight");
            assertThat(file).doesNotExist();
        }
    }

    @Test
    void aFormatOfTheFutureIsRefused() throws IOException {
        Path file = folder.resolve("a");
        Checkpoint.save(file, model(1), backend, METADATA);
        String text = Files.readString(file, StandardCharsets.ISO_8859_1)
                .replace("\"mambapkd.format\":\"1\"", "\"mambapkd.format\":\"2\"");
        // With a hash that is right for the changed file.
        String field = "\"mambapkd.sha256\":\"";
        int at = text.indexOf(field) + field.length();
        String hash = Seal.blankHash(text.getBytes(StandardCharsets.ISO_8859_1), at);
        Files.writeString(file, text.substring(0, at) + hash + text.substring(at + 64), StandardCharsets.ISO_8859_1);
        assertThatThrownBy(() -> Checkpoint.load(file, model(2), backend))
                .hasMessageContaining("expected a checkpoint of format 1, got format 2");
    }

    @Test
    void halfASealIsDamage() throws IOException {
        Path file = folder.resolve("a");
        Files.write(file, new Safetensors(Map.of("mambapkd.format", "1"), stored(model(1))).toBytes());
        assertThatThrownBy(() -> Checkpoint.load(file, model(2), backend))
                .hasMessageContaining("only one of them whole");
        byte[] hashOnly = new Safetensors(Map.of("mambapkd.sha256", "0".repeat(64)), stored(model(1))).toBytes();
        int at = new String(hashOnly, StandardCharsets.ISO_8859_1).indexOf("0".repeat(64));
        byte[] hash = Seal.blankHash(hashOnly, at).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(hash, 0, hashOnly, at, hash.length);
        Files.write(file, hashOnly);
        assertThatThrownBy(() -> Checkpoint.load(file, model(2), backend))
                .hasMessageContaining("only one of them whole");
    }

    @Test
    void reservedMetadataIsRefused() {
        assertThatThrownBy(() -> Checkpoint.save(folder.resolve("a"), model(1), backend, Map.of("mambapkd.x", "")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private List<StoredTensor> stored(Parameters parameters) {
        List<StoredTensor> tensors = new ArrayList<>();
        for (Parameter parameter : parameters.all()) {
            List<Integer> extents =
                    Arrays.stream(parameter.value().shape().toArray()).boxed().toList();
            tensors.add(StoredTensor.of(parameter.name(), extents, backend.download(parameter.value())));
        }
        return tensors;
    }
}
