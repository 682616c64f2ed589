package io.mambapkd.model;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.nn.Precision;
import io.mambapkd.nn.mamba.MixerSpec;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.PatchOps.Cut;
import io.mambapkd.tensor.ImageShape;

/**
 * A student: tokens -> linear with bias -> learned positions -> Mamba blocks -> RMSNorm -> read-out -> linear.
 *
 * @param name shown in reports and used in file names
 * @param tokenizer how an image becomes tokens, and in which order blocks read them
 * @param modelWidth M (d_model)
 * @param blocks number of Mamba blocks, at least 1
 * @param stateSize N (d_state)
 * @param convWidth W (d_conv)
 * @param expand D = expand * M (d_inner)
 * @param readOut what the last linear layer sees
 * @param mixer what mixes the tokens inside a block
 * @param direction one scan, or two with shared projections
 * @param reuse what it reads beside the image
 * @param precision of stem and blocks, by the backend and the width, if it is to be; what is between and behind them, and the residuals between blocks, are F32 in both
 */
public record StudentSpec(
        String name,
        Tokenizer tokenizer,
        int modelWidth,
        int blocks,
        int stateSize,
        int convWidth,
        int expand,
        ReadOut readOut,
        MixerSpec.Kind mixer,
        MixerSpec.Direction direction,
        Reuse reuse,
        StudentPrecision precision) {

    /** What the last linear layer sees. */
    public enum ReadOut {
        /** All tokens, concatenated: L*M values. */
        FLAT,
        /** Their mean: M values. */
        MEAN
    }

    /** What a student reads beside the image. */
    public enum Reuse {
        /** Nothing. */
        NONE,
        /** The logits of the frozen group before it. */
        LOGITS
    }

    public StudentSpec {
        if (!name.matches("[A-Za-z0-9._-]{1,64}")) {
            throw new InputException(Problem.ofValue(
                    "a student's ", "name", "1 to 64 letters, digits, dots, dashes or underscores", "'" + name + "'"));
        }
        require(name, "tokenSize", tokenizer.size(), 1, 4096);
        require(name, "modelWidth", modelWidth, 1, 4096);
        require(name, "blocks", blocks, 1, 64);
        require(name, "stateSize", stateSize, 1, 256);
        require(name, "convWidth", convWidth, 1, 16);
        require(name, "expand", expand, 1, 8);
    }

    /** Without a stem, reading nothing but the image, in F32. */
    public StudentSpec(
            String name,
            Cut cut,
            int tokenSize,
            int modelWidth,
            int blocks,
            int stateSize,
            int convWidth,
            int expand,
            ReadOut readOut,
            MixerSpec.Kind mixer,
            MixerSpec.Direction direction) {
        this(
                name,
                new Tokenizer(cut, tokenSize),
                modelWidth,
                blocks,
                stateSize,
                convWidth,
                expand,
                readOut,
                mixer,
                direction,
                Reuse.NONE,
                StudentPrecision.F32);
    }

    /** D (d_inner). */
    public int innerWidth() {
        return expand * modelWidth;
    }

    /** What it is to compute in on a backend. */
    public Precision precision(Backend backend) {
        return precision.on(backend, innerWidth());
    }

    /** R (dt_rank): ceil(M / 16), the reference's "auto". */
    public int dtRank() {
        return (modelWidth + 15) / 16;
    }

    /** L, the number of tokens of an image. */
    public int tokens(ImageShape image) {
        return tokenizer.grid(image).tokens();
    }

    /** P, the number of values of a token. */
    public int tokenElements(ImageShape image) {
        return tokenizer.elements(image);
    }

    /** The same student with another mixer. */
    public StudentSpec with(MixerSpec.Kind other) {
        return with(name, modelWidth, other, reuse, precision);
    }

    /** The same student in another precision. */
    public StudentSpec with(Precision other) {
        return with(name, modelWidth, mixer, reuse, StudentPrecision.of(other));
    }

    /** The same student, reading other things beside the image. */
    public StudentSpec with(Reuse other) {
        return with(name, modelWidth, mixer, other, precision);
    }

    /** The same student under another name, with another width. */
    public StudentSpec with(String otherName, int otherWidth) {
        return with(otherName, otherWidth, mixer, reuse, precision);
    }

    private StudentSpec with(
            String otherName,
            int otherWidth,
            MixerSpec.Kind otherMixer,
            Reuse otherReuse,
            StudentPrecision otherPrecision) {
        return new StudentSpec(
                otherName,
                tokenizer,
                otherWidth,
                blocks,
                stateSize,
                convWidth,
                expand,
                readOut,
                otherMixer,
                direction,
                otherReuse,
                otherPrecision);
    }

    private static void require(String student, String key, int value, int low, int high) {
        if (value < low || value > high) {
            throw new InputException(
                    Problem.ofValue("student " + student + ": ", key, "from " + low + " to " + high, value));
        }
    }
}
