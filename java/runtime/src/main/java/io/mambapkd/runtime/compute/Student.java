package io.mambapkd.runtime.compute;

import io.mambapkd.runtime.model.InvalidModelException;
import io.mambapkd.runtime.model.StudentDescription;
import io.mambapkd.runtime.model.StudentDescription.Position;
import io.mambapkd.runtime.model.StudentDescription.ReadOut;
import io.mambapkd.runtime.model.StudentDescription.Reuse;
import io.mambapkd.runtime.model.Tensors;
import java.io.Serializable;
import java.util.Arrays;

/**
 * A trained student: from an image (H, W, C) to logits (K), all of it in float. It never changes; what a call overwrites is in its {@link Room}.
 */
public final class Student implements Serializable {
    private static final long serialVersionUID = 1L;

    private final StudentDescription description;
    private final int height;
    private final int width;
    private final int channels;
    private final int classes;
    private final Convolution[] stem;
    private final TokenGrid grid;
    private final Matrix embed;
    /** Bias and position of each token (L, M), in the order of the first block. */
    private final float[][] start;

    private final Block[] blocks;
    /** For each block the places of its tokens among those of the block before; null where the order stays. */
    private final int[][] orders;

    private final float[] norm;
    private final Matrix head;
    private final float[] headBias;
    /** (K, K) or null. */
    private final Matrix reuse;

    /**
     * @param shape H, W, C
     * @param classes K
     * @throws InvalidModelException if the tensors are not those of the description
     */
    public Student(StudentDescription description, Tensors tensors, int[] shape, int classes)
            throws InvalidModelException {
        this.description = description;
        this.classes = classes;
        height = shape[0];
        width = shape[1];
        channels = shape[2];
        int modelWidth = description.modelWidth();
        stem = new Convolution[description.stem().size()];
        int[] features = shape;
        for (int i = 0; i < stem.length; i++) {
            StudentDescription.Convolution convolution = description.stem().get(i);
            stem[i] = new Convolution(tensors, "stem." + i, features, convolution.channels(), convolution.stride());
            features = new int[] {stem[i].outputHeight(), stem[i].outputWidth(), stem[i].outputs()};
        }
        grid = new TokenGrid(description, features);
        embed = Matrix.take(tensors, "embed.weight", modelWidth, grid.elements());
        start = start(tensors.take("embed.bias", modelWidth), positions(tensors));
        blocks = new Block[description.blocks()];
        orders = new int[blocks.length][];
        for (int i = 0; i < blocks.length; i++) {
            blocks[i] = new Block(description, tensors, "layers." + i + ".");
            orders[i] = i == 0 ? null : grid.change(i - 1, i);
        }
        norm = tensors.take("norm_f.weight", modelWidth);
        int seen = description.readOut() == ReadOut.FLAT ? grid.tokens() * modelWidth : modelWidth;
        head = Matrix.take(tensors, "head.weight", classes, seen);
        headBias = tensors.take("head.bias", classes);
        reuse = description.reuse() == Reuse.LOGITS ? Matrix.take(tensors, "reuse.weight", classes, classes) : null;
        tensors.requireAllTaken();
    }

    /** Learned positions (L, M), row by row. */
    private float[][] positions(Tensors tensors) throws InvalidModelException {
        int modelWidth = description.modelWidth();
        int rows = description.position() == Position.TOKEN ? grid.tokens() : grid.rows() + grid.columns();
        float[] learned = tensors.take("pos_embed", rows, modelWidth);
        float[][] positions = new float[grid.tokens()][modelWidth];
        for (int l = 0; l < grid.tokens(); l++) {
            for (int m = 0; m < modelWidth; m++) {
                positions[l][m] = description.position() == Position.TOKEN
                        ? learned[l * modelWidth + m]
                        : learned[l / grid.columns() * modelWidth + m]
                                + learned[(grid.rows() + l % grid.columns()) * modelWidth + m];
            }
        }
        return positions;
    }

    private float[][] start(float[] bias, float[][] positions) {
        int[] reading = grid.reading(0);
        float[][] rows = new float[reading.length][bias.length];
        for (int l = 0; l < reading.length; l++) {
            Loops.add(bias, rows[l], bias.length);
            Loops.add(positions[reading[l]], rows[l], bias.length);
        }
        return rows;
    }

    public StudentDescription description() {
        return description;
    }

    /**
     * @param image (H, W, C), normalised
     * @param group logits (K) of the students before it; read where it reuses them
     * @param logits (K), overwritten
     */
    public void classify(float[] image, float[] group, float[] logits, Room room) {
        float[][] h = room.h;
        float[] tokens = grid.gather(features(image, room), room.tokens);
        for (int l = 0; l < h.length; l++) {
            System.arraycopy(start[l], 0, h[l], 0, start[l].length);
            embed.addProduct(tokens, l * grid.elements(), h[l]);
        }
        for (int i = 0; i < blocks.length; i++) {
            if (orders[i] != null) {
                h = reordered(h, h == room.h ? room.other : room.h, orders[i]);
            }
            blocks[i].run(h, room.block);
        }
        readOut(h, logits, room.block.work);
        if (reuse != null) {
            reuse.addProduct(group, 0, logits);
        }
    }

    /** What is cut into tokens: the image, or what the stem makes of it. */
    private float[] features(float[] image, Room room) {
        if (stem.length == 0) {
            return image;
        }
        int row = width * channels;
        for (int y = 0; y < height; y++) {
            System.arraycopy(image, y * row, room.features[0], stem[0].inputStart() + y * stem[0].inputRow(), row);
        }
        for (int i = 0; i < stem.length; i++) {
            boolean last = i + 1 == stem.length;
            stem[i].run(
                    room.features[i],
                    room.features[i + 1],
                    last ? 0 : stem[i + 1].inputStart(),
                    last ? stem[i].outputWidth() * stem[i].outputs() : stem[i + 1].inputRow(),
                    room.stem);
        }
        return room.features[stem.length];
    }

    private static float[][] reordered(float[][] from, float[][] to, int[] order) {
        for (int l = 0; l < order.length; l++) {
            System.arraycopy(from[order[l]], 0, to[l], 0, to[l].length);
        }
        return to;
    }

    private void readOut(float[][] h, float[] logits, Work work) {
        System.arraycopy(headBias, 0, logits, 0, classes);
        int modelWidth = norm.length;
        boolean flat = description.readOut() == ReadOut.FLAT;
        Arrays.fill(work.b, 0);
        for (int l = 0; l < h.length; l++) {
            Loops.rmsNorm(h[l], norm, work.a, modelWidth);
            if (flat) {
                head.addProduct(l * modelWidth, work.a, 0, modelWidth, logits);
            } else {
                Loops.add(work.a, work.b, modelWidth);
            }
        }
        if (!flat) {
            for (int m = 0; m < modelWidth; m++) {
                work.b[m] /= h.length;
            }
            head.addProduct(work.b, 0, logits);
        }
    }

    /** What calls overwrite; for one call at a time. */
    public Room room() {
        return new Room(this);
    }

    /** What a call overwrites. */
    public static final class Room {
        /** Inputs of the convolutions with their borders, and the output of the last. */
        final float[][] features;

        final Work stem;
        final float[] tokens;
        final float[][] h;
        final float[][] other;
        final Block.Room block;

        Room(Student student) {
            int convolutions = student.stem.length;
            features = new float[convolutions == 0 ? 0 : convolutions + 1][];
            int widest = 0;
            for (int i = 0; i < convolutions; i++) {
                features[i] = new float[student.stem[i].paddedInput()];
                widest = Math.max(widest, student.stem[i].outputs());
            }
            if (convolutions > 0) {
                Convolution last = student.stem[convolutions - 1];
                features[convolutions] = new float[last.outputHeight() * last.outputWidth() * last.outputs()];
            }
            stem = new Work(widest);
            int count = student.grid.tokens();
            int modelWidth = student.description.modelWidth();
            tokens = new float[count * student.grid.elements()];
            h = new float[count][modelWidth];
            other = new float[count][modelWidth];
            block = new Block.Room(student.description, count);
        }
    }
}
