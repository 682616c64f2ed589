package io.mambapkd.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.ImageShape;
import org.junit.jupiter.api.Test;

class WhiteningTest {
    private static final ImageShape IMAGE = new ImageShape(6, 5, 3);
    private static final int IMAGES = 200;
    private static final int SIZE = 12;

    /** Smooth images, whose neighbouring pixels and channels have much in common, around a mean that is not 0. */
    private static float[] images() {
        CounterRandom random = new CounterRandom(3, Purpose.TEST_INPUT);
        float[] images = new float[IMAGES * IMAGE.elements()];
        for (int n = 0; n < IMAGES; n++) {
            float level = random.uniform(1, n, 0, -1, 1);
            for (int i = 0; i < IMAGE.elements(); i++) {
                int at = n * IMAGE.elements() + i;
                images[at] = 0.7f + level + 0.3f * random.uniform(2, at, 0, -1, 1) + 0.2f * (i % 3) * level;
            }
        }
        return images;
    }

    /** Responses of the kernels to all patches have the covariance of l / (l + eps) on the diagonal, which is about 1, and 0 beside it. */
    @Test
    void responsesToPatchesAreUncorrelatedAndOfVarianceOne() {
        float[] images = images();
        Whitening whitening = new Whitening(IMAGE);
        whitening.add(images, IMAGES);
        float[] kernels = whitening.kernels();
        double[] sums = new double[SIZE];
        double[][] products = new double[SIZE][SIZE];
        int patches = 0;
        for (int n = 0; n < IMAGES; n++) {
            for (int y = 0; y < 5; y++) {
                for (int x = 0; x < 4; x++) {
                    double[] responses = new double[SIZE];
                    for (int k = 0; k < SIZE; k++) {
                        for (int element = 0; element < SIZE; element++) {
                            int c = element / 4;
                            int row = y + element / 2 % 2;
                            int column = x + element % 2;
                            responses[k] += kernels[k * SIZE + element] * images[((n * 6 + row) * 5 + column) * 3 + c];
                        }
                    }
                    patches++;
                    for (int i = 0; i < SIZE; i++) {
                        sums[i] += responses[i];
                        for (int j = 0; j < SIZE; j++) {
                            products[i][j] += responses[i] * responses[j];
                        }
                    }
                }
            }
        }
        for (int i = 0; i < SIZE; i++) {
            for (int j = 0; j < SIZE; j++) {
                double covariance = (products[i][j] - sums[i] * sums[j] / patches) / (patches - 1);
                // The smallest variance of these patches is that of the noise, 0.03: eps takes 2 % of it.
                assertThat(covariance).as("%d, %d", i, j).isCloseTo(i == j ? 1 : 0, within(i == j ? 0.03 : 1e-4));
            }
        }
        for (int i = 0; i < SIZE * SIZE; i++) {
            assertThat(kernels[SIZE * SIZE + i]).isEqualTo(-kernels[i]);
        }
    }

    /** The largest variance is that of the common level. */
    @Test
    void kernelsAreInTheOrderOfVarianceAndOfOneSign() {
        Whitening whitening = new Whitening(IMAGE);
        whitening.add(images(), IMAGES);
        float[] kernels = whitening.kernels();
        double before = 0;
        for (int k = 0; k < SIZE; k++) {
            double norm = 0;
            float largest = 0;
            for (int element = 0; element < SIZE; element++) {
                float value = kernels[k * SIZE + element];
                norm += value * value;
                largest = Math.abs(value) > Math.abs(largest) ? value : largest;
                if (k == 0) {
                    assertThat(value).isPositive();
                }
            }
            // A kernel is longer, the less its direction varies.
            assertThat(norm).isGreaterThanOrEqualTo(before);
            assertThat(largest).isPositive();
            before = norm;
        }
    }

    /** A matrix with known eigenvectors: (1, 1, 0), (1, -1, 0) and (0, 0, 1), with 5, 1 and 3. */
    @Test
    void eigenvectorsOfASymmetricMatrix() {
        double[][] matrix = {{3, 2, 0}, {2, 3, 0}, {0, 0, 3}};
        Eigenvectors eigen = Eigenvectors.of(matrix, 20, 1e-15);
        double half = Math.sqrt(0.5);
        double[][] expected = {{half, half, 0}, {0, 0, 1}, {half, -half, 0}};
        double[] values = {5, 3, 1};
        for (int k = 0; k < 3; k++) {
            assertThat(eigen.value(k)).isCloseTo(values[k], within(1e-12));
            double product = 0;
            for (int element = 0; element < 3; element++) {
                product += eigen.vector(k, element) * expected[k][element];
            }
            // Which of two elements of the same magnitude is larger, and so the sign, is a matter of rounding.
            assertThat(Math.abs(product)).as("vector %d", k).isCloseTo(1, within(1e-12));
        }
    }

    @Test
    void imagesOfOneValueGiveFiniteKernels() {
        Whitening whitening = new Whitening(new ImageShape(3, 3, 1));
        whitening.add(new float[9], 1);
        for (float value : whitening.kernels()) {
            assertThat(value).isFinite();
        }
    }
}
