package io.mambapkd.model;

import io.mambapkd.nn.BatchNorm2d;
import io.mambapkd.nn.Layer;
import io.mambapkd.nn.LayerPlan;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.Parameters;
import io.mambapkd.nn.Precision;
import io.mambapkd.nn.Reorder;
import io.mambapkd.nn.TokenEmbedding;
import io.mambapkd.nn.mamba.MambaBlock;
import io.mambapkd.nn.mamba.MixerSpec;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A student after its {@link StudentSpec}: {@code stem.*} -> tokens -> {@code embed} -> + {@code pos_embed} -> {@code layers.*} -> {@code norm_f} -> flat or mean -> {@code
 * head} -> + {@code reuse} of the group's logits. Images and the group's logits get no gradient. In {@link Precision#BF16} that is the type inside of stem and blocks; what stands here is F32. On a backend without BF16 tensors the
 * convolutions of the stem round their operands instead, and all else is F32.
 */
public final class MambaStudent implements Classifier {
    private final Backend backend;
    private final StudentSpec spec;
    private final long flops;
    private final Parameters parameters;
    private final Arena activations;
    private final @Nullable Stem stem;
    private final TokenEmbedding embedding;
    /** Blocks, and between them the layers that bring tokens into another order. */
    private final List<Layer> layers = new ArrayList<>();

    private final StudentHead head;
    private final Tensor images;
    private final Tensor step;
    private final Tensor tokens;
    /** Whether {@link #tokens} are the images under another shape. */
    private final boolean tokensAreImages;
    /** What is cut into tokens (B, H', W', C'): the images, or the output of the stem. */
    private final Tensor features;
    /** Input of each layer, and output of the last (B, L, M). */
    private final List<Tensor> hidden = new ArrayList<>();

    private final Tensor dHidden;
    private final Tensor dHiddenBefore;
    private final Tensor logits;
    private final Tensor dLogits;
    private final @Nullable GroupReader groupReader;
    /** Null without a stem: nobody needs the gradient of images. */
    private final @Nullable Tensor dTokens;

    /** @param batch B, images per call */
    public MambaStudent(Backend backend, StudentSpec spec, ImageShape image, int classes, int batch) {
        this.backend = backend;
        this.spec = spec;
        flops = Flops.student(spec, image, classes).total();
        Precision precision = spec.precision(backend);
        parameters = new Parameters(backend, spec.name(), precision.stored(backend));
        activations = backend.newArena(spec.name() + " activations");
        LayerPlan plan = new LayerPlan(backend, parameters, activations, "");
        Tokenizer tokenizer = spec.tokenizer();
        Tokenizer.Grid grid = tokenizer.grid(image);
        int length = grid.tokens();
        int width = spec.modelWidth();
        Shape sequence = Shape.of(batch, length, width);

        images = plan.tensor("images", batch, image.height(), image.width(), image.channels());
        step = activations.allocate("step", DType.I32, Shape.of(1));
        boolean hasStem = !tokenizer.stem().channels().isEmpty();
        stem = hasStem ? new Stem(plan.child("stem"), tokenizer.stem(), images, precision) : null;
        features = stem == null ? images : stem.output();
        Shape cut = Shape.of(batch, length, tokenizer.elements(image));
        tokensAreImages = stem == null && tokenizer.keepsOrder(image);
        tokens = tokensAreImages ? images.reshape(cut.toArray()) : plan.tensor("tokens", cut);
        embedding =
                new TokenEmbedding(plan, tokenizer.positions(), grid.rows(), grid.columns(), cut, width, stem != null);
        hidden.add(plan.tensor("hidden.0", sequence));
        TokenOrder.Reading reading = TokenOrder.Reading.ROW;
        for (int i = 0; i < spec.blocks(); i++) {
            TokenOrder.Reading next = tokenizer.order().of(i);
            reorder(reading, next, grid).ifPresent(layer -> append(layer, plan, sequence));
            reading = next;
            append(new MambaBlock(mixer(spec)), plan.child("layers").child(Integer.toString(i)), sequence);
        }
        head = new StudentHead(plan, sequence, spec.readOut(), classes);
        dHidden = plan.tensor("d hidden", sequence);
        dHiddenBefore = plan.tensor("d hidden before", sequence);
        logits = plan.tensor("logits", batch, classes);
        dLogits = plan.tensor("d logits", batch, classes);
        groupReader =
                spec.reuse() == StudentSpec.Reuse.LOGITS ? new GroupReader(plan.child("reuse"), logits.shape()) : null;
        dTokens = hasStem ? plan.tensor("d tokens", tokens.shape()) : null;
        parameters.seal();
        activations.seal(batch);
    }

    private void append(Layer layer, LayerPlan plan, Shape sequence) {
        layer.allocate(plan, sequence);
        layers.add(layer);
        hidden.add(plan.tensor("hidden." + layers.size(), sequence));
    }

    /** What brings tokens from one order into another; nothing where the two are the same. */
    private static Optional<Layer> reorder(TokenOrder.Reading from, TokenOrder.Reading to, Tokenizer.Grid grid) {
        boolean turns = from.byColumns() != to.byColumns() && grid.rows() > 1 && grid.columns() > 1;
        boolean reverses = from.reversed() != to.reversed();
        if (!turns) {
            return reverses ? Optional.of(new Reorder(1, grid.tokens(), true)) : Optional.empty();
        }
        // The columns of a grid that is kept column by column are the rows of the image.
        return Optional.of(
                from.byColumns()
                        ? new Reorder(grid.columns(), grid.rows(), reverses)
                        : new Reorder(grid.rows(), grid.columns(), reverses));
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
    public Optional<Tensor> groupLogits() {
        return Optional.ofNullable(groupReader).map(GroupReader::group);
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
        forwardToHead(mode);
        head.forward(hidden.get(layers.size()), logits, mode);
        if (groupReader != null) {
            groupReader.addTo(logits, mode);
        }
    }

    private void forwardToHead(Mode mode) {
        parameters.refresh();
        if (stem != null) {
            stem.forward(mode);
        }
        if (!tokensAreImages) {
            Tokenizer tokenizer = spec.tokenizer();
            backend.patch().tokens(tokenizer.cut(), tokenizer.size(), features, tokens);
        }
        embedding.forward(tokens, hidden.get(0), mode);
        for (int i = 0; i < layers.size(); i++) {
            layers.get(i).forward(hidden.get(i), hidden.get(i + 1), mode);
        }
    }

    @Override
    public void backward() {
        if (groupReader != null) {
            groupReader.backward(dLogits);
        }
        head.backward(hidden.get(layers.size()), logits, dLogits, dHidden);
        backwardFromHead();
    }

    private void backwardFromHead() {
        Tensor after = dHidden;
        Tensor before = dHiddenBefore;
        for (int i = layers.size() - 1; i >= 0; i--) {
            layers.get(i).backward(hidden.get(i), hidden.get(i + 1), after, before);
            Tensor swapped = after;
            after = before;
            before = swapped;
        }
        embedding.backward(tokens, hidden.get(0), after, dTokens);
        if (stem != null && dTokens != null) {
            Tokenizer tokenizer = spec.tokenizer();
            backend.patch().tokensGradient(tokenizer.cut(), tokenizer.size(), dTokens, stem.dOutput());
            stem.backward();
        }
    }

    @Override
    public void differentiate(
            Backend of, DistillationLossOps.Options loss, DistillationLossOps.Inputs inputs, Tensor statistics) {
        if (groupReader != null || !head.hasLoss()) {
            Classifier.super.differentiate(of, loss, inputs, statistics);
            return;
        }
        forwardToHead(Mode.TRAINING);
        head.lossAndGradients(hidden.get(layers.size()), loss, inputs, dHidden, statistics);
        backwardFromHead();
    }

    @Override
    public List<BatchNorm2d> batchNorms() {
        return stem == null ? List.of() : stem.batchNorms();
    }

    @Override
    public void close() {
        parameters.close();
        activations.close();
    }
}
