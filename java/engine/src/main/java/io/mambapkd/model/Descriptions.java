package io.mambapkd.model;

import io.mambapkd.nn.PositionEmbedding;
import io.mambapkd.nn.mamba.MixerSpec;
import io.mambapkd.ops.PatchOps;
import io.mambapkd.runtime.model.StudentDescription;
import java.util.ArrayList;
import java.util.List;

/** What the runtime calls the parts of a {@link StudentSpec}. */
public final class Descriptions {
    private Descriptions() {}

    /** The architecture of a student, without the precision that it was trained in: the runtime computes in F32. */
    public static StudentDescription of(StudentSpec student) {
        Tokenizer tokenizer = student.tokenizer();
        return new StudentDescription(
                student.name(),
                stem(tokenizer.stem()),
                cut(tokenizer.cut()),
                tokenizer.size(),
                position(tokenizer.positions()),
                order(tokenizer.order()),
                student.modelWidth(),
                student.blocks(),
                student.stateSize(),
                student.convWidth(),
                student.expand(),
                readOut(student.readOut()),
                mixer(student.mixer()),
                direction(student.direction()),
                reuse(student.reuse()));
    }

    private static List<StudentDescription.Convolution> stem(StemSpec stem) {
        List<StudentDescription.Convolution> convolutions = new ArrayList<>();
        for (int i = 0; i < stem.channels().size(); i++) {
            convolutions.add(new StudentDescription.Convolution(
                    stem.channels().get(i), stem.strides().get(i)));
        }
        return convolutions;
    }

    private static StudentDescription.Cut cut(PatchOps.Cut cut) {
        return switch (cut) {
            case ROWS -> StudentDescription.Cut.ROWS;
            case COLUMNS -> StudentDescription.Cut.COLUMNS;
            case PATCHES -> StudentDescription.Cut.PATCHES;
        };
    }

    private static StudentDescription.Position position(PositionEmbedding.Kind kind) {
        return switch (kind) {
            case TOKEN -> StudentDescription.Position.TOKEN;
            case GRID -> StudentDescription.Position.GRID;
        };
    }

    private static StudentDescription.Order order(TokenOrder order) {
        return switch (order) {
            case ROW -> StudentDescription.Order.ROW;
            case COLUMN -> StudentDescription.Order.COLUMN;
            case REVERSED_ROW -> StudentDescription.Order.REVERSED_ROW;
            case REVERSED_COLUMN -> StudentDescription.Order.REVERSED_COLUMN;
            case ALTERNATING -> StudentDescription.Order.ALTERNATING;
        };
    }

    private static StudentDescription.ReadOut readOut(StudentSpec.ReadOut readOut) {
        return switch (readOut) {
            case FLAT -> StudentDescription.ReadOut.FLAT;
            case MEAN -> StudentDescription.ReadOut.MEAN;
        };
    }

    private static StudentDescription.Mixer mixer(MixerSpec.Kind kind) {
        return switch (kind) {
            case SCAN -> StudentDescription.Mixer.SCAN;
            case CONV -> StudentDescription.Mixer.CONV;
            case NONE -> StudentDescription.Mixer.NONE;
        };
    }

    private static StudentDescription.Direction direction(MixerSpec.Direction direction) {
        return switch (direction) {
            case FORWARD -> StudentDescription.Direction.FORWARD;
            case BIDIRECTIONAL -> StudentDescription.Direction.BIDIRECTIONAL;
        };
    }

    private static StudentDescription.Reuse reuse(StudentSpec.Reuse reuse) {
        return switch (reuse) {
            case NONE -> StudentDescription.Reuse.NONE;
            case LOGITS -> StudentDescription.Reuse.LOGITS;
        };
    }
}
