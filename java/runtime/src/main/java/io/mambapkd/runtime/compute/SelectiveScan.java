package io.mambapkd.runtime.compute;

import io.mambapkd.runtime.model.InvalidModelException;
import io.mambapkd.runtime.model.StudentDescription;
import io.mambapkd.runtime.model.StudentDescription.Direction;
import io.mambapkd.runtime.model.Tensors;
import java.io.Serializable;
import java.util.Arrays;

/**
 * The selective scan with the projections that make its delta, B and C of u (Gu and Dao, arXiv 2312.00752, algorithm 2): {@code h = exp(delta A) h + delta u B},
 * {@code y = sum over states of C h, plus D u}. Two scans, from both ends, share the projections, and their results are added.
 */
final class SelectiveScan implements Serializable {
    private static final long serialVersionUID = 1L;
    /** Exponentials of so many tokens are taken together, which makes their loops long enough. */
    private static final int CHUNK = 256;

    private final int inner;
    private final int states;
    private final int rank;
    private final int chunk;
    private final Matrix xProjection;
    private final Matrix dtProjection;
    private final float[] dtBias;
    /** For each scan and state A of all channels, again for each token of a chunk: (N, chunk * D). */
    private final float[][][] decay;
    /** D of all scans together: they multiply the same u. */
    private final float[] skip;

    SelectiveScan(StudentDescription student, Tensors tensors, String prefix) throws InvalidModelException {
        inner = student.innerWidth();
        states = student.stateSize();
        rank = student.dtRank();
        chunk = chunk(inner);
        xProjection = Matrix.take(tensors, prefix + "x_proj.weight", rank + 2 * states, inner);
        dtProjection = Matrix.take(tensors, prefix + "dt_proj.weight", inner, rank);
        dtBias = tensors.take(prefix + "dt_proj.bias", inner);
        boolean both = student.direction() == Direction.BIDIRECTIONAL;
        String[] suffixes = both ? new String[] {"", "_b"} : new String[] {""};
        decay = new float[suffixes.length][][];
        skip = new float[inner];
        for (int scan = 0; scan < suffixes.length; scan++) {
            decay[scan] = decay(tensors.take(prefix + "A" + suffixes[scan] + "_log", inner, states));
            Loops.add(tensors.take(prefix + "D" + suffixes[scan], inner), skip, inner);
        }
    }

    private static int chunk(int inner) {
        return Math.max(1, CHUNK / inner);
    }

    /** {@code A = -exp(A_log)}. */
    private float[][] decay(float[] logarithms) {
        float[][] rows = new float[states][chunk * inner];
        for (int n = 0; n < states; n++) {
            for (int i = 0; i < chunk * inner; i++) {
                rows[n][i] = (float) -StrictMath.exp(logarithms[i % inner * states + n]);
            }
        }
        return rows;
    }

    /** From u to y of {@code room}. */
    void run(int tokens, Block.Room room) {
        Room own = room.scan;
        for (int l = 0; l < tokens; l++) {
            float[] projected = own.projected[l];
            float[] delta = own.delta[l];
            Arrays.fill(projected, 0);
            xProjection.addProduct(room.u[l], 0, projected);
            System.arraycopy(dtBias, 0, delta, 0, inner);
            dtProjection.addProduct(projected, 0, delta);
            Loops.negativeMagnitude(delta, room.work.b, inner);
            Loops.exp(room.work.b, inner, room.work.c);
            Loops.softplus(room.work.b, delta, inner);
            Loops.multiply(delta, room.u[l], own.input[l], inner);
            Loops.multiply(skip, room.u[l], room.y[l], inner);
        }
        for (int scan = 0; scan < decay.length; scan++) {
            boolean reversed = scan == 1;
            for (float[] h : own.h) {
                Arrays.fill(h, 0);
            }
            for (int from = 0; from < tokens; from += chunk) {
                steps(decay[scan], from, Math.min(tokens, from + chunk), tokens, reversed, room);
            }
        }
    }

    /** Steps {@code from} to {@code end} of a scan. */
    private void steps(float[][] a, int from, int end, int tokens, boolean reversed, Block.Room room) {
        Room own = room.scan;
        int count = (end - from) * inner;
        for (int t = from; t < end; t++) {
            System.arraycopy(own.delta[token(t, tokens, reversed)], 0, own.deltas, (t - from) * inner, inner);
        }
        for (int n = 0; n < states; n++) {
            Loops.multiply(own.deltas, a[n], own.exponentials, count);
            Loops.exp(own.exponentials, count, own.work);
            for (int t = from; t < end; t++) {
                int l = token(t, tokens, reversed);
                System.arraycopy(own.exponentials, (t - from) * inner, own.step, 0, inner);
                float b = own.projected[l][rank + n];
                float c = own.projected[l][rank + states + n];
                Loops.step(own.step, own.h[n], own.input[l], b, c, room.y[l], inner);
            }
        }
    }

    private static int token(int step, int tokens, boolean reversed) {
        return reversed ? tokens - 1 - step : step;
    }

    /** Tensors of a scan at work. */
    static final class Room {
        final float[][] projected;
        final float[][] delta;
        final float[][] input;
        final float[][] h;
        final float[] deltas;
        final float[] exponentials;
        final float[] work;
        final float[] step;

        Room(StudentDescription student, int tokens) {
            boolean scans = student.mixer() == StudentDescription.Mixer.SCAN;
            int inner = student.innerWidth();
            int rows = scans ? tokens : 0;
            int chunk = scans ? chunk(inner) * inner : 0;
            projected = new float[rows][student.dtRank() + 2 * student.stateSize()];
            delta = new float[rows][inner];
            input = new float[rows][inner];
            h = new float[student.stateSize()][scans ? inner : 0];
            deltas = new float[chunk];
            exponentials = new float[chunk];
            work = new float[chunk];
            step = new float[inner];
        }
    }
}
