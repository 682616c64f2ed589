package io.mambapkd.model;

import io.mambapkd.nn.WhiteningConv;
import io.mambapkd.tensor.ImageShape;

/**
 * The kernels of a {@link WhiteningConv} from images: the eigenvectors of the covariance of their 2x2 patches, each divided by the root of its eigenvalue, so that the
 * responses to patches are uncorrelated and of variance 1; and their negations. Jordan (arXiv 2404.00498), section 3.2.
 */
public final class Whitening {
    /** Images that the covariance is taken from. */
    public static final int IMAGES = 5000;

    /** Added to the eigenvalues, so that directions without variance are not blown up. */
    static final double EPSILON = 5e-4;

    private static final int MOST_SWEEPS = 60;
    private static final double CONVERGED = 1e-15;

    private final ImageShape image;
    private final int size;
    private final double[] sums;
    private final double[][] products;
    private long patches;

    /** @param image size of the images to come */
    public Whitening(ImageShape image) {
        this.image = image;
        size = WhiteningConv.SIDE * WhiteningConv.SIDE * image.channels();
        sums = new double[size];
        products = new double[size][size];
    }

    /**
     * Adds images as the model sees them.
     *
     * @param images (n, H, W, C)
     * @param count n
     */
    public void add(float[] images, int count) {
        double[] patch = new double[size];
        for (int i = 0; i < count; i++) {
            for (int row = 0; row + WhiteningConv.SIDE <= image.height(); row++) {
                for (int column = 0; column + WhiteningConv.SIDE <= image.width(); column++) {
                    read(images, i, row, column, patch);
                    add(patch);
                }
            }
        }
    }

    /** In the order of kernels: channel, row, column. */
    private void read(float[] images, int number, int row, int column, double[] patch) {
        int channels = image.channels();
        for (int element = 0; element < size; element++) {
            int c = element / (WhiteningConv.SIDE * WhiteningConv.SIDE);
            int y = row + element / WhiteningConv.SIDE % WhiteningConv.SIDE;
            int x = column + element % WhiteningConv.SIDE;
            patch[element] = images[((number * image.height() + y) * image.width() + x) * channels + c];
        }
    }

    private void add(double[] patch) {
        patches++;
        for (int i = 0; i < size; i++) {
            sums[i] += patch[i];
            double[] row = products[i];
            for (int j = 0; j <= i; j++) {
                row[j] += patch[i] * patch[j];
            }
        }
    }

    /** The kernels (8 C, C, 2, 2), in the order of falling variance, then their negations. */
    public float[] kernels() {
        double[][] covariance = new double[size][size];
        for (int i = 0; i < size; i++) {
            for (int j = 0; j <= i; j++) {
                double product = products[i][j] - sums[i] * sums[j] / patches;
                covariance[i][j] = product / Math.max(1, patches - 1);
                covariance[j][i] = covariance[i][j];
            }
        }
        Eigenvectors eigen = Eigenvectors.of(covariance, MOST_SWEEPS, CONVERGED);
        float[] kernels = new float[2 * size * size];
        for (int k = 0; k < size; k++) {
            double scale = 1 / Math.sqrt(Math.max(0, eigen.value(k)) + EPSILON);
            for (int element = 0; element < size; element++) {
                float value = (float) (scale * eigen.vector(k, element));
                kernels[k * size + element] = value;
                kernels[(size + k) * size + element] = -value;
            }
        }
        return kernels;
    }
}
