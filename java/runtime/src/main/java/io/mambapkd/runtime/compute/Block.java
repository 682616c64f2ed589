package io.mambapkd.runtime.compute;

import io.mambapkd.runtime.model.InvalidModelException;
import io.mambapkd.runtime.model.StudentDescription;
import io.mambapkd.runtime.model.StudentDescription.Mixer;
import io.mambapkd.runtime.model.Tensors;
import java.io.Serializable;

/**
 * A Mamba block with its residual, {@code h += mixer(norm(h))}, of Gu and Dao (arXiv 2312.00752), figure 3, and its two reductions: without the scan, and without scan and
 * convolution.
 */
final class Block implements Serializable {
    private static final long serialVersionUID = 1L;

    private final int inner;
    private final int taps;
    private final float[] norm;
    private final Matrix toX;
    private final Matrix toZ;
    /** (W, D), the newest token last; without rows where there is no convolution. */
    private final float[][] conv;

    private final float[] convBias;
    private final SelectiveScan scan;
    /** (D), where there is no scan. */
    private final float[] skip;

    private final Matrix out;

    Block(StudentDescription student, Tensors tensors, String prefix) throws InvalidModelException {
        int width = student.modelWidth();
        inner = student.innerWidth();
        norm = tensors.take(prefix + "norm.weight", width);
        String mixer = prefix + "mixer.";
        float[] in = tensors.take(mixer + "in_proj.weight", 2 * inner, width);
        toX = Matrix.of(in, width, 0, inner);
        toZ = Matrix.of(in, width, inner, inner);
        taps = student.mixer() == Mixer.NONE ? 0 : student.convWidth();
        conv = new float[taps][inner];
        convBias = taps == 0 ? new float[0] : tensors.take(mixer + "conv1d.bias", inner);
        if (taps > 0) {
            float[] weights = tensors.take(mixer + "conv1d.weight", inner, 1, taps);
            for (int i = 0; i < weights.length; i++) {
                conv[i % taps][i / taps] = weights[i];
            }
        }
        boolean scans = student.mixer() == Mixer.SCAN;
        scan = scans ? new SelectiveScan(student, tensors, mixer) : null;
        skip = scans ? new float[0] : tensors.take(mixer + "D", inner);
        out = Matrix.take(tensors, mixer + "out_proj.weight", width, inner);
    }

    /**
     * @param h tokens (L, M), updated in place
     * @param room overwritten
     */
    void run(float[][] h, Room room) {
        int tokens = h.length;
        Work work = room.work;
        for (int l = 0; l < tokens; l++) {
            Loops.rmsNorm(h[l], norm, work.a, norm.length);
            java.util.Arrays.fill(room.x[l], 0, inner, 0);
            java.util.Arrays.fill(room.z[l], 0, inner, 0);
            toX.addProduct(work.a, 0, room.x[l]);
            toZ.addProduct(work.a, 0, room.z[l]);
        }
        for (int l = 0; l < tokens; l++) {
            convolve(room, l);
        }
        if (scan != null) {
            scan.run(tokens, room);
        } else {
            for (int l = 0; l < tokens; l++) {
                Loops.multiply(room.u[l], skip, room.y[l], inner);
            }
        }
        for (int l = 0; l < tokens; l++) {
            Loops.negate(room.z[l], work.b, inner);
            Loops.exp(work.b, inner, work.c);
            Loops.gate(room.z[l], work.b, room.y[l], inner);
            out.addProduct(room.y[l], 0, h[l]);
        }
    }

    /** {@code u = silu(x)}, of a convolution over the tokens before where there is one. */
    private void convolve(Room room, int l) {
        float[] u = room.u[l];
        if (taps == 0) {
            System.arraycopy(room.x[l], 0, u, 0, inner);
        } else {
            System.arraycopy(convBias, 0, u, 0, inner);
            for (int tap = Math.max(0, taps - 1 - l); tap < taps; tap++) {
                Loops.addProducts(conv[tap], room.x[l - (taps - 1) + tap], u, inner);
            }
        }
        Loops.negate(u, room.work.b, inner);
        Loops.exp(room.work.b, inner, room.work.c);
        Loops.silu(room.work.b, u, inner);
    }

    /** Tensors of one block at work. */
    static final class Room {
        final Work work;
        final float[][] x;
        final float[][] z;
        final float[][] u;
        final float[][] y;
        final SelectiveScan.Room scan;

        Room(StudentDescription student, int tokens) {
            int inner = student.innerWidth();
            work = new Work(Math.max(student.modelWidth(), inner));
            x = new float[tokens][inner];
            z = new float[tokens][inner];
            u = new float[tokens][inner];
            y = new float[tokens][inner];
            scan = new SelectiveScan.Room(student, tokens);
        }
    }
}
