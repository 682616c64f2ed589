package io.mambapkd.train.step;

import io.mambapkd.nn.BatchNorm2d;
import io.mambapkd.ops.Backend;
import java.util.List;

/**
 * Mean and variance of every channel that a model normalises, over several batches: Ioffe and Szegedy (arXiv 1502.03167), algorithm 2, lines 8 to 10. The variance is
 * that of all values together, the spread of the batches' means included. The sums are in double precision and in the order of the batches, so that the
 * result is the same on every run.
 */
final class BatchStatistics {
    private final Backend backend;
    private final List<BatchNorm2d> layers;
    private final double[][] means;
    private final double[][] squares;
    private int batches;

    BatchStatistics(Backend backend, List<BatchNorm2d> layers) {
        this.backend = backend;
        this.layers = layers;
        this.means = channels(layers);
        this.squares = channels(layers);
    }

    private static double[][] channels(List<BatchNorm2d> layers) {
        return layers.stream()
                .map(layer -> new double[layer.batchMean().shape().last()])
                .toArray(double[][]::new);
    }

    /** Adds the batch of the last forward pass. */
    void add() {
        for (int i = 0; i < means.length; i++) {
            float[] mean = backend.download(layers.get(i).batchMean());
            float[] variance = backend.download(layers.get(i).batchVariance());
            for (int c = 0; c < mean.length; c++) {
                means[i][c] += mean[c];
                squares[i][c] += variance[c] + (double) mean[c] * mean[c];
            }
        }
        batches++;
    }

    /** Makes them the statistics that the layers normalise with outside of training. */
    void set() {
        for (int i = 0; i < means.length; i++) {
            BatchNorm2d layer = layers.get(i);
            double values = (double) layer.rows() * batches;
            float[] mean = new float[means[i].length];
            float[] variance = new float[means[i].length];
            for (int c = 0; c < mean.length; c++) {
                double average = means[i][c] / batches;
                double biased = Math.max(0, squares[i][c] / batches - average * average);
                mean[c] = (float) average;
                variance[c] = (float) (biased * values / Math.max(1, values - 1));
            }
            backend.upload(mean, layer.runningMean());
            backend.upload(variance, layer.runningVariance());
        }
    }
}
