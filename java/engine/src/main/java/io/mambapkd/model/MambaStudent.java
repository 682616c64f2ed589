package io.mambapkd.model;

import io.mambapkd.nn.Decay;
import io.mambapkd.nn.Initializer;
import io.mambapkd.nn.LayerPlan;
import io.mambapkd.nn.Linear;
import io.mambapkd.nn.MambaBlock;
import io.mambapkd.nn.MixerSpec;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.Parameter;
import io.mambapkd.nn.Parameters;
import io.mambapkd.nn.RmsNorm;
import io.mambapkd.ops.Backend;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * A student after its {@link StudentSpec}: tokens -> {@code embed} -> + {@code pos_embed} -> {@code layers.*} -> {@code norm_f} -> flat or mean -> {@code
 * head}. Images get no gradient. In {@link io.mambapkd.nn.Precision#BF16} that is the type inside of the blocks; what stands here is F32.
 */
public final class MambaStudent implements Classifier {
    private static final double POSITION_DEVIATION = 0.02;

    private final Backend backend;
    private final StudentSpec spec;
    private final long flops;
    private final Parameters parameters;
    private final Arena activations;
    private final Linear embed;
    private final Parameter position;
    private final List<MambaBlock> blocks = new ArrayList<>();
    private final RmsNorm norm = new RmsNorm();
    private final Linear head;

    private final Tensor images;
    private final Tensor step;
    private final Tensor tokens;
    /** Input of each block, and output of the last (B, L, M). */
    private final List<Tensor> hidden = new ArrayList<>();

    private final Tensor dHidden;
    private final Tensor dHiddenBefore;
    private final Tensor normalised;
    private final Tensor dNormalised;
    /** What the head sees, (B, L*M) or (B, M). */
    private final Tensor pooled;

    private final Tensor dPooled;
    private final Tensor logits;
    private final Tensor dLogits;

    /**
     * @param batch B, images per call
     * @throws io.mambapkd.InputException if the tokens do not fit the image
     */
    public MambaStudent(Backend backend, StudentSpec spec, ImageShape image, int classes, int batch) {
        this.backend = backend;
        this.spec = spec;
        flops = Flops.student(spec, image, classes).total();
        parameters = new Parameters(backend, spec.name(), spec.precision());
        activations = backend.newArena(spec.name() + " activations");
        LayerPlan plan = new LayerPlan(backend, parameters, activations, "");
        int length = spec.tokens(image);
        int width = spec.modelWidth();
        Shape sequence = Shape.of(batch, length, width);

        images = plan.tensor("images", batch, image.height(), image.width(), image.channels());
        step = activations.allocate("step", DType.I32, Shape.of(1));
        tokens = plan.tensor("tokens", batch, length, spec.tokenElements(image));
        embed = new Linear(width, Linear.Bias.YES);
        embed.allocate(plan.child("embed"), tokens.shape());
        position = plan.parameter("pos_embed", Decay.YES, Initializer.normal(POSITION_DEVIATION), length, width);
        hidden.add(plan.tensor("hidden.0", sequence));
        for (int i = 0; i < spec.blocks(); i++) {
            MambaBlock block = new MambaBlock(mixer(spec));
            block.allocate(plan.child("layers").child(Integer.toString(i)), sequence);
            blocks.add(block);
            hidden.add(plan.tensor("hidden." + (i + 1), sequence));
        }
        norm.allocate(plan.child("norm_f"), sequence);
        normalised = plan.tensor("normalised", sequence);
        dNormalised = plan.tensor("d normalised", sequence);
        dHidden = plan.tensor("d hidden", sequence);
        dHiddenBefore = plan.tensor("d hidden before", sequence);
        boolean flat = spec.readOut() == StudentSpec.ReadOut.FLAT;
        Tensor mean = flat ? null : plan.tensor("mean", batch, width);
        Tensor dMean = flat ? null : plan.tensor("d mean", batch, width);
        pooled = mean == null ? normalised.reshape(batch, length * width) : mean;
        dPooled = dMean == null ? dNormalised.reshape(batch, length * width) : dMean;
        head = new Linear(classes, Linear.Bias.YES);
        head.allocate(plan.child("head"), pooled.shape());
        logits = plan.tensor("logits", batch, classes);
        dLogits = plan.tensor("d logits", batch, classes);
        parameters.seal();
        activations.seal(batch);
    }

    private static MixerSpec mixer(StudentSpec spec) {
        return MixerSpec.standard(
                spec.innerWidth(), spec.stateSize(), spec.dtRank(), spec.convWidth(), spec.mixer(), spec.direction());
    }

    @Override
    public String name() {
        return spec.name();
    }

    @Override
    public long flops() {
        return flops;
    }

    @Override
    public Parameters parameters() {
        return parameters;
    }

    @Override
    public Tensor images() {
        return images;
    }

    @Override
    public Tensor logits() {
        return logits;
    }

    @Override
    public Tensor dLogits() {
        return dLogits;
    }

    @Override
    public Tensor step() {
        return step;
    }

    @Override
    public void forward(Mode mode) {
        parameters.refresh();
        backend.patch().tokens(spec.cut(), spec.tokenSize(), images, tokens);
        embed.forward(tokens, hidden.get(0), mode);
        backend.patch().addPosition(hidden.get(0), position.value());
        for (int i = 0; i < blocks.size(); i++) {
            blocks.get(i).forward(hidden.get(i), hidden.get(i + 1), mode);
        }
        norm.forward(hidden.get(blocks.size()), normalised, mode);
        if (spec.readOut() == StudentSpec.ReadOut.MEAN) {
            backend.pointwise().meanOverTokens(normalised, pooled);
        }
        head.forward(pooled, logits, mode);
    }

    @Override
    public void backward() {
        head.backward(pooled, logits, dLogits, dPooled);
        if (spec.readOut() == StudentSpec.ReadOut.MEAN) {
            backend.pointwise().meanOverTokensGradient(dPooled, dNormalised);
        }
        Tensor after = dHidden;
        Tensor before = dHiddenBefore;
        norm.backward(hidden.get(blocks.size()), normalised, dNormalised, after);
        for (int i = blocks.size() - 1; i >= 0; i--) {
            blocks.get(i).backward(hidden.get(i), hidden.get(i + 1), after, before);
            Tensor swapped = after;
            after = before;
            before = swapped;
        }
        backend.patch().positionGradient(after, position.gradient());
        embed.backward(tokens, hidden.get(0), after, null);
    }

    @Override
    public void close() {
        parameters.close();
        activations.close();
    }
}
