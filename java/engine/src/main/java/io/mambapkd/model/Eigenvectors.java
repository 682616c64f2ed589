package io.mambapkd.model;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Eigenvalues and orthonormal eigenvectors of a symmetric matrix, largest eigenvalue first, by the cyclic Jacobi method (Golub and Van Loan, Matrix Computations, section
 * 8.5). The element of largest magnitude of a vector is positive, the first one among equals, so that the same matrix gives the same vectors everywhere.
 */
final class Eigenvectors {
    private final double[][] matrix;
    private final double[][] vectors;
    private final List<Integer> order;

    private Eigenvectors(double[][] matrix, int mostSweeps, double converged) {
        int n = matrix.length;
        this.matrix = new double[n][];
        vectors = new double[n][n];
        for (int i = 0; i < n; i++) {
            this.matrix[i] = matrix[i].clone();
            vectors[i][i] = 1;
        }
        for (int sweep = 0; sweep < mostSweeps && offDiagonal() > converged * diagonal(); sweep++) {
            for (int p = 0; p < n - 1; p++) {
                for (int q = p + 1; q < n; q++) {
                    rotate(p, q);
                }
            }
        }
        order = IntStream.range(0, n)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -this.matrix[i][i]))
                .toList();
    }

    /**
     * @param matrix symmetric, left as it is
     * @param mostSweeps over all pairs of rows
     * @param converged share of what is off the diagonal at which the sweeps end
     */
    static Eigenvectors of(double[][] matrix, int mostSweeps, double converged) {
        return new Eigenvectors(matrix, mostSweeps, converged);
    }

    /** The k-th largest eigenvalue, from 0. */
    double value(int k) {
        int at = order.get(k);
        return matrix[at][at];
    }

    /** An element of the eigenvector of {@link #value}. */
    double vector(int k, int element) {
        int at = order.get(k);
        int largest = 0;
        for (int i = 1; i < vectors.length; i++) {
            if (Math.abs(vectors[i][at]) > Math.abs(vectors[largest][at])) {
                largest = i;
            }
        }
        return vectors[largest][at] < 0 ? -vectors[element][at] : vectors[element][at];
    }

    private double offDiagonal() {
        double sum = 0;
        for (int i = 0; i < matrix.length; i++) {
            for (int j = 0; j < i; j++) {
                sum += Math.abs(matrix[i][j]);
            }
        }
        return sum;
    }

    private double diagonal() {
        double sum = 0;
        for (int i = 0; i < matrix.length; i++) {
            sum += Math.abs(matrix[i][i]);
        }
        return sum;
    }

    /** Makes the element (p, q) zero. */
    private void rotate(int p, int q) {
        double apq = matrix[p][q];
        if (apq == 0) {
            return;
        }
        double theta = (matrix[q][q] - matrix[p][p]) / (2 * apq);
        double tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(1 + theta * theta));
        double cosine = 1 / Math.sqrt(1 + tangent * tangent);
        double sine = tangent * cosine;
        for (int k = 0; k < matrix.length; k++) {
            double kp = matrix[k][p];
            double kq = matrix[k][q];
            matrix[k][p] = cosine * kp - sine * kq;
            matrix[k][q] = sine * kp + cosine * kq;
        }
        for (int k = 0; k < matrix.length; k++) {
            double pk = matrix[p][k];
            double qk = matrix[q][k];
            matrix[p][k] = cosine * pk - sine * qk;
            matrix[q][k] = sine * pk + cosine * qk;
            double kp = vectors[k][p];
            double kq = vectors[k][q];
            vectors[k][p] = cosine * kp - sine * kq;
            vectors[k][q] = sine * kp + cosine * kq;
        }
    }
}
