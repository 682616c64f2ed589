package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.ops.PatchOps.Cut;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Patches. */
class SmallOpsContractTest {
    private final Backend backend = new CpuBackend(2);
    private final SequenceTensors tensors = new SequenceTensors(backend, 1);

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    @Test
    void everyCutPutsPixelsInTheDocumentedOrder() {
        int height = 4;
        int width = 6;
        int channels = 2;
        Tensor images = tensors.uniform(-1, 1, 3, height, width, channels);
        float[] pixels = tensors.values(images);
        for (Cut cut : Cut.values()) {
            int length = cut == Cut.ROWS ? 2 : cut == Cut.COLUMNS ? 3 : 6;
            int elements = height * width * channels / length;
            Tensor tokens = tensors.zeros(3, length, elements);
            backend.patch().tokens(cut, 2, images, tokens);
            float[] values = tensors.values(tokens);
            for (int b = 0; b < 3; b++) {
                for (int row = 0; row < height; row++) {
                    for (int column = 0; column < width; column++) {
                        for (int c = 0; c < channels; c++) {
                            int token = cut == Cut.ROWS
                                    ? row / 2
                                    : cut == Cut.COLUMNS ? column / 2 : row / 2 * (width / 2) + column / 2;
                            int inside = cut == Cut.ROWS
                                    ? (row % 2 * width + column) * channels + c
                                    : cut == Cut.COLUMNS
                                            ? (column % 2 * height + row) * channels + c
                                            : (row % 2 * 2 + column % 2) * channels + c;
                            assertThat(values[(b * length + token) * elements + inside])
                                    .isEqualTo(pixels[((b * height + row) * width + column) * channels + c]);
                        }
                    }
                }
            }
            Tensor back = tensors.zeros(3, height, width, channels);
            backend.patch().tokensGradient(cut, 2, tokens, back);
            assertThat(tensors.values(back)).isEqualTo(pixels);
        }
    }

    @Test
    void tokensThatDoNotDivideTheImageAreRefused() {
        Tensor images = tensors.zeros(1, 5, 6, 1);
        assertThatThrownBy(() -> backend.patch().tokens(Cut.ROWS, 2, images, tensors.zeros(1, 2, 15)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("do not divide");
    }

    @Test
    void positionsAreAddedToEverySampleAndTheirGradientIsTheSumOverSamples() {
        Tensor x = tensors.uniform(-1, 1, 3, 4, 5);
        Tensor position = tensors.uniform(-1, 1, 4, 5);
        double[] expected = tensors.doubles(x);
        double[] positions = tensors.doubles(position);
        double[] sums = new double[20];
        for (int i = 0; i < expected.length; i++) {
            sums[i % 20] += expected[i];
            expected[i] += positions[i % 20];
        }
        Tensor gradient = tensors.zeros(4, 5);
        backend.patch().positionGradient(x, gradient);
        backend.patch().addPosition(x, position);
        GradientCheck.close("x", tensors.values(x), expected, 1e-6);
        GradientCheck.close("dPosition", tensors.values(gradient), sums, 1e-6);
    }
}
