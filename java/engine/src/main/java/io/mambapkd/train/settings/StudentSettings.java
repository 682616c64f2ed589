package io.mambapkd.train.settings;

import io.mambapkd.config.Default;
import io.mambapkd.model.StemSpec;
import io.mambapkd.model.StudentPrecision;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.model.StudentSpec.ReadOut;
import io.mambapkd.model.StudentSpec.Reuse;
import io.mambapkd.model.TokenOrder;
import io.mambapkd.model.Tokenizer;
import io.mambapkd.nn.PositionEmbedding;
import io.mambapkd.nn.mamba.MixerSpec;
import io.mambapkd.ops.PatchOps.Cut;
import java.util.List;

/**
 * One student.
 *
 * @param name shown in reports and used in file names
 * @param stem channels of the convolutions before the cut, as in {@link StemSpec}
 * @param stemStrides of those convolutions; none for 2 each
 * @param cut what a token is made of
 * @param tokenSize rows, columns, or side of a patch
 * @param position what is learned for the places of tokens
 * @param order in which blocks read the tokens
 * @param modelWidth M
 * @param blocks number of Mamba blocks
 * @param stateSize N
 * @param learningRate peak of the schedule
 * @param epochs passes over the training images; 0 for those of all students
 * @param batch images per step; 0 for that of all students
 */
public record StudentSettings(
        String name,
        @Default("[]") List<Integer> stem,
        @Default("[]") List<Integer> stemStrides,
        Cut cut,
        int tokenSize,
        @Default("token") PositionEmbedding.Kind position,
        @Default("row") TokenOrder order,
        int modelWidth,
        int blocks,
        int stateSize,
        double learningRate,
        @Default("0") int epochs,
        @Default("0") int batch) {
    private static final int CONV_WIDTH = 4;
    private static final int EXPAND = 2;

    public StudentSettings {
        stem = List.copyOf(stem);
        stemStrides = List.copyOf(stemStrides);
        String where = "student " + name + ": ";
        // The options that all students share fit every student; what is checked here is the student's own.
        new StudentSpec(
                name,
                new Tokenizer(StemSpec.of(name, stem, stemStrides), cut, tokenSize, position, order),
                modelWidth,
                blocks,
                stateSize,
                CONV_WIDTH,
                EXPAND,
                ReadOut.FLAT,
                MixerSpec.Kind.SCAN,
                MixerSpec.Direction.FORWARD,
                Reuse.NONE,
                StudentPrecision.F32);
        RunSpec.require(
                where, "learningRate", learningRate > 0 && learningRate <= 10, "above 0, at most 10", learningRate);
        RunSpec.require(where, "epochs", epochs >= 0 && epochs <= RunSpec.MOST_EPOCHS, RunSpec.EPOCHS_OR_0, epochs);
        RunSpec.require(where, "batch", batch >= 0 && batch <= RunSpec.LARGEST_BATCH, RunSpec.BATCH_OR_0, batch);
    }

    /** Without a stem, with the training of all students. */
    public StudentSettings(
            String name, Cut cut, int tokenSize, int modelWidth, int blocks, int stateSize, double learningRate) {
        this(
                name,
                List.of(),
                List.of(),
                cut,
                tokenSize,
                PositionEmbedding.Kind.TOKEN,
                TokenOrder.ROW,
                modelWidth,
                blocks,
                stateSize,
                learningRate,
                0,
                0);
    }

    /**
     * The model, with what all students have in common.
     *
     * @param index in the group, from 0: the first has no group before it that it could read
     */
    StudentSpec spec(GroupSettings common, int index) {
        return new StudentSpec(
                name,
                new Tokenizer(StemSpec.of(name, stem, stemStrides), cut, tokenSize, position, order),
                modelWidth,
                blocks,
                stateSize,
                CONV_WIDTH,
                EXPAND,
                common.readOut(),
                common.mixer(),
                common.direction(),
                index == 0 ? Reuse.NONE : common.reuse(),
                common.precision());
    }

    /** Passes over the training images. */
    public int epochs(GroupSettings common) {
        return epochs == 0 ? common.epochs() : epochs;
    }

    /** Images per step. */
    public int batch(GroupSettings common) {
        return batch == 0 ? common.batch() : batch;
    }
}
