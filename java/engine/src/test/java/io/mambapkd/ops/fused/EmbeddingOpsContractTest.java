package io.mambapkd.ops.fused;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BackendUnderTest;
import io.mambapkd.ops.EmbeddingOps.Embedding;
import io.mambapkd.ops.Results;
import io.mambapkd.ops.SequenceTensors;
import io.mambapkd.tensor.Tensor;
import io.mambapkd.validate.SeparateEmbedding;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The embedding in one pass beside the operations that it stands for. */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#cuda")
class EmbeddingOpsContractTest {
    /** Sums of up to 256 products, or of up to some thousand rows, in another order. */
    private static final double TOLERANCE = 3e-6;

    private final BackendUnderTest under;
    private final Backend backend;

    EmbeddingOpsContractTest(BackendUnderTest under) {
        this.under = under;
        backend = under.open();
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    private static Embedding of(Backend backend, int elements, int length, int width) {
        return backend.embedding().embedding(elements, length, width).orElseGet(() -> new SeparateEmbedding(backend));
    }

    private static Results.Work work(int batch, int length, int elements, int width, boolean positions) {
        return (on, results) -> {
            SequenceTensors tensors = results.tensors();
            Embedding embedding = of(on, elements, length, width);
            Tensor tokens = tensors.uniform(-1, 1, batch, length, elements);
            Tensor y = tensors.unwritten(batch, length, width);
            embedding.forward(
                    tokens,
                    tensors.uniform(-1, 1, width, elements),
                    tensors.uniform(-1, 1, width),
                    positions ? tensors.uniform(-1, 1, length, width) : null,
                    y);
            results.add("y", y);
            Tensor dy = tensors.uniform(-1, 1, batch, length, width);
            Tensor dWeight = tensors.uniform(-1, 1, width, elements);
            Tensor dBias = tensors.uniform(-1, 1, width);
            Tensor dPositions = positions ? tensors.uniform(-1, 1, length, width) : null;
            embedding.backward(tokens, dy, dWeight, dBias, dPositions);
            results.add("dWeight", dWeight);
            results.add("dBias", dBias);
            if (dPositions != null) {
                results.add("dPositions", dPositions);
            }
        };
    }

    /**
     * Those of the students; one token, one value; the most of each extent; tiles of 128 rows that end with the rows, one before and one behind; a batch of fewer samples
     * than blocks, of as many and more, with tiles that are not full.
     */
    @ParameterizedTest
    @CsvSource({
        "5, 28, 28, 16",
        "3, 14, 56, 48",
        "2, 14, 56, 16",
        "3, 14, 56, 12",
        "2, 7, 112, 4",
        "3, 7, 112, 64",
        "2, 64, 48, 48",
        "1, 1, 4, 4",
        "1, 64, 64, 64",
        "2, 32, 224, 32",
        "1, 16, 256, 32",
        "5, 1, 256, 32",
        "1, 64, 16, 64",
        "127, 1, 28, 16",
        "128, 1, 28, 16",
        "129, 1, 28, 16",
        "133, 3, 20, 8",
        "1600, 2, 32, 64",
        "140, 28, 56, 60"
    })
    void itIsTheProductWithBiasAndPositions(int batch, int length, int elements, int width) {
        assertThat(backend.embedding().embedding(elements, length, width)).isPresent();
        for (boolean positions : new boolean[] {true, false}) {
            Results.matchTheSpecification(
                    "embedding", backend, TOLERANCE, work(batch, length, elements, width, positions));
        }
    }

    /** More tiles of 12 rows than the 1056 blocks of the forward pass, and several of 31 samples for each of the 132 blocks of the backward pass. */
    @Test
    void blocksTakeTileAfterTile() {
        Results.matchTheSpecification("embedding", backend, TOLERANCE, work(12_700, 1, 256, 4, true));
    }

    @ParameterizedTest
    @CsvSource({"5, 28, 28, 16", "140, 3, 48, 12"})
    void allVariationsGiveTheSameBits(int batch, int length, int elements, int width) {
        Results.haveTheSameBits(under, work(batch, length, elements, width, true));
    }

    @Test
    void withoutAGradientNothingIsAdded() {
        SequenceTensors tensors = new SequenceTensors(backend, 1);
        List<Tensor> sums =
                List.of(tensors.uniform(1, 2, 16, 28), tensors.uniform(1, 2, 16), tensors.uniform(1, 2, 7, 16));
        List<float[]> before = sums.stream().map(backend::download).toList();
        of(backend, 28, 7, 16)
                .backward(
                        tensors.uniform(-1, 1, 9, 7, 28),
                        tensors.zeros(9, 7, 16),
                        sums.get(0),
                        sums.get(1),
                        sums.get(2));
        for (int i = 0; i < sums.size(); i++) {
            assertThat(backend.download(sums.get(i))).containsExactly(before.get(i));
        }
    }

    /** Of a batch that has more samples, those behind the last that was given are neither read nor written. */
    @Test
    void onlyTheGivenSamplesCount() {
        SequenceTensors tensors = new SequenceTensors(backend, 1);
        Tensor tokens = tensors.unwritten(8, 5, 20);
        Tensor dy = tensors.unwritten(8, 5, 12);
        Tensor y = tensors.unwritten(8, 5, 12);
        backend.copy(tensors.uniform(-1, 1, 3, 5, 20), tokens.slices(0, 3));
        backend.copy(tensors.uniform(-1, 1, 3, 5, 12), dy.slices(0, 3));
        Tensor dWeight = tensors.zeros(12, 20);
        Tensor dBias = tensors.zeros(12);
        Embedding embedding = of(backend, 20, 5, 12);
        embedding.forward(
                tokens.slices(0, 3), tensors.uniform(-1, 1, 12, 20), tensors.uniform(-1, 1, 12), null, y.slices(0, 3));
        embedding.backward(tokens.slices(0, 3), dy.slices(0, 3), dWeight, dBias, null);
        float[] values = backend.download(y);
        for (int i = 0; i < values.length; i++) {
            assertThat(Float.isNaN(values[i])).as("y[%d]", i).isEqualTo(i >= 3 * 5 * 12);
        }
        for (Tensor sum : List.of(dWeight, dBias)) {
            assertThat(backend.download(sum)).doesNotContain(Float.NaN);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "30, 28, 16, P is no multiple of 4",
        "28, 28, 18, nor M",
        "28, 28, 68, M",
        "260, 4, 16, P",
        "164, 1, 52, M P",
        "4, 65, 64, L M",
        "252, 32, 8, L (P + M)"
    })
    void otherExtentsAreLeftToTheOperationsThatItStandsFor(int elements, int length, int width, String what) {
        assertThat(backend.embedding().embedding(elements, length, width))
                .as(what)
                .isEmpty();
    }

    @Test
    void tensorsOfOtherExtentsAreRefused() {
        SequenceTensors tensors = new SequenceTensors(backend, 1);
        Embedding embedding = of(backend, 28, 7, 16);
        Tensor tokens = tensors.zeros(2, 7, 28);
        Tensor weight = tensors.zeros(16, 28);
        Tensor bias = tensors.zeros(16);
        Tensor y = tensors.zeros(2, 7, 16);
        assertThatThrownBy(() -> embedding.forward(tokens.slices(0, 1), weight, bias, null, y))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("embedding: y must have shape (1, 7, 16) but is test (2, 7, 16) F32");
        assertThatThrownBy(() -> embedding.backward(tokens, y, weight, bias, tensors.zeros(6, 16)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("embedding_gradient: positions must have shape (7, 16) but is test (6, 16) F32");
        assertThatThrownBy(() -> embedding.forward(tokens.reshape(14, 28), weight, bias, null, y))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("embedding: tokens must have 3 axes (B, L, P) but are test (14, 28) F32");
    }
}
