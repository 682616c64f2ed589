package io.mambapkd.ops.cuda.libraries;

import io.mambapkd.ops.GemmOps;
import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.Write;
import io.mambapkd.ops.checks.GemmChecks;
import io.mambapkd.ops.cuda.driver.DeviceContext;
import io.mambapkd.ops.cuda.kernels.Grids;
import io.mambapkd.ops.cuda.kernels.PartialRows;
import io.mambapkd.ops.cuda.libraries.CublasHandle.Matrix;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;

/**
 * Matrix products by cuBLAS. A row-major matrix is the transpose of a column-major one with the same elements, so that {@code c = a b}
 * becomes {@code c' = b' a'}.
 *
 * <p>The gradient of a weight has a small result and a long sum, over all tokens of a batch. One product would be the work of the few
 * blocks that the result has tiles, which leaves most of a device idle, and what cuBLAS does about it depends on its version. So the sum is cut here, into
 * as many pieces as fill a device, by the sizes of the problem alone; the pieces' products are made at once, and added in order.
 */
final class CublasGemm implements GemmOps {
    /** Rows and columns of the result that one block of cuBLAS makes, at the least. */
    private static final int TILE = 64;
    /** Blocks that fill any device. */
    private static final int ENOUGH_BLOCKS = 256;
    /** Shortest piece of a sum: reading its factors takes longer than writing and adding its product. */
    private static final int LEAST_PIECE = 512;

    private final DeviceContext cuda;
    private final CublasHandle cublas;
    private final PartialRows partialRows;

    CublasGemm(DeviceContext cuda, CublasHandle cublas) {
        this.cuda = cuda;
        this.cublas = cublas;
        partialRows = new PartialRows(cuda);
    }

    @Override
    public void multiply(Tensor a, Transpose transposeA, Tensor b, Transpose transposeB, Write write, Tensor c) {
        GemmChecks.multiply(a, transposeA, b, transposeB, c);
        int m = c.shape().rows();
        int n = c.shape().last();
        int k = GemmChecks.columns(a, transposeA);
        if (transposeA == Transpose.YES && transposeB == Transpose.NO && c.isDense() && c.dtype() == DType.F32) {
            int piece = piece(m, n, k);
            if (piece < k) {
                inPieces(a, b, write, c, m, n, k, piece);
                return;
            }
        }
        cublas.multiply(n, m, k, matrix(b, transposeB), matrix(a, transposeA), write, matrix(c, Transpose.NO));
    }

    /** Length of the pieces that a sum of length {@code k} is cut into; {@code k} if it is not. */
    static int piece(int m, int n, int k) {
        long tiles = (long) Grids.blocks(m, TILE) * Grids.blocks(n, TILE);
        long pieces = Math.min(ENOUGH_BLOCKS / tiles, k / LEAST_PIECE);
        return pieces < 2 ? k : Grids.blocks(k, pieces);
    }

    private void inPieces(Tensor a, Tensor b, Write write, Tensor c, int m, int n, int k, int piece) {
        int whole = k / piece;
        int rest = k - whole * piece;
        int pieces = rest == 0 ? whole : whole + 1;
        int size = m * n;
        PartialRows.Rows rows = partialRows.rows(pieces, size);
        long partials = rows.address();
        Matrix left = matrix(b, Transpose.NO);
        Matrix right = matrix(a, Transpose.YES);
        long leftStep = (long) piece * left.leading();
        long rightStep = (long) piece * right.leading();
        cublas.multiplyAll(whole, n, m, piece, left, leftStep, right, rightStep, sums(partials, n), size);
        if (rest > 0) {
            cublas.multiply(
                    n,
                    m,
                    rest,
                    behind(left, whole * leftStep),
                    behind(right, whole * rightStep),
                    Write.OVERWRITE,
                    sums(partials + (long) whole * size * Float.BYTES, n));
        }
        if (write == Write.OVERWRITE) {
            cuda.zero(cuda.address(c), (long) size * Float.BYTES);
            partialRows.addAtOnce(rows, c);
        } else {
            partialRows.add(rows, c);
        }
    }

    private static Matrix sums(long address, int columns) {
        return new Matrix(address, DType.F32, columns, Matrix.AS_IT_IS);
    }

    private static Matrix behind(Matrix matrix, long elements) {
        long address = matrix.address() + elements * matrix.dtype().bytes();
        return new Matrix(address, matrix.dtype(), matrix.leading(), matrix.operation());
    }

    private Matrix matrix(Tensor tensor, Transpose transpose) {
        return new Matrix(
                cuda.address(tensor),
                tensor.dtype(),
                tensor.rowStride(),
                transpose == Transpose.YES ? Matrix.TRANSPOSED : Matrix.AS_IT_IS);
    }
}
