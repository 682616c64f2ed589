package io.mambapkd.model;

import io.mambapkd.InputException;
import io.mambapkd.nn.Affine;
import io.mambapkd.nn.BatchNorm2d;
import io.mambapkd.nn.Conv2d;
import io.mambapkd.nn.Decay;
import io.mambapkd.nn.Dropout;
import io.mambapkd.nn.GlobalAveragePool;
import io.mambapkd.nn.GlobalMaxPool;
import io.mambapkd.nn.Initializer;
import io.mambapkd.nn.LayerPlan;
import io.mambapkd.nn.Linear;
import io.mambapkd.nn.MaxPool2x2;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.Parameters;
import io.mambapkd.nn.Precision;
import io.mambapkd.nn.WhiteningConv;
import io.mambapkd.ops.Activation;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BatchNormOps;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The convolutional classifier of a {@link TeacherSpec}. Parameters have no values until {@link Parameters#initialise} or a checkpoint gives them some, and are named
 *
 * <ul>
 *   <li>in a {@link CnnSpec} {@code features.STAGE.I.conv.weight} and {@code features.STAGE.I.bn.*};
 *   <li>in a {@link ResNet9Spec} {@code PART.conv.weight} and {@code PART.bn.*}, with the parts {@code prep}, {@code layer1}, {@code residual1.0}, {@code residual1.1},
 *       {@code layer2}, {@code layer3}, {@code residual3.0} and {@code residual3.1};
 *   <li>in an {@link AirbenchSpec} {@code whiten.weight}, {@code whiten.bias}, {@code groups.GROUP.conv1.weight}, {@code groups.GROUP.norm1.*} and likewise {@code conv2} and
 *       {@code norm2};
 *   <li>in all of them {@code head.weight}, and {@code head.bias} in the first.
 * </ul>
 */
public final class CnnTeacher implements Classifier {
    private static final Conv2dOps.Options CONVOLUTION = new Conv2dOps.Options(3, 1, 1);
    private static final BatchNormOps.Options RELU = new BatchNormOps.Options(1e-5f, 0.1f, Activation.RELU);
    private static final BatchNormOps.Options GELU = new BatchNormOps.Options(1e-12f, 0.4f, Activation.GELU);

    private final Conv2dOps.Options convolution;
    private final Parameters parameters;
    private final Arena activations;
    private final Backend backend;
    private final Tensor images;
    /** The images in the type of activations; the images themselves where that is F32. */
    private final Tensor input;

    private final Tensor logits;
    private final Tensor dLogits;
    private final Tensor step;
    private final Chain chain;
    private final @Nullable WhiteningConv whitening;
    private final long flops;

    /**
     * @param batch number of images of every forward pass
     * @param seed of the dropout masks
     * @throws InputException if the images are too small for the model
     */
    public CnnTeacher(Backend backend, TeacherSpec spec, ImageShape image, int classes, int batch, long seed) {
        spec.requireFit(image);
        this.backend = backend;
        Precision precision = spec.precision().stored(backend);
        convolution = CONVOLUTION.with(spec.precision().operands(backend));
        parameters = new Parameters(backend, "teacher", precision);
        activations = backend.newArena("teacher activations");
        LayerPlan plan = new LayerPlan(backend, parameters, activations, "");
        images = plan.tensor("images", batch, image.height(), image.width(), image.channels());
        step = activations.allocate("step", DType.I32, Shape.of(1));
        input = precision == Precision.F32 ? images : plan.activation("input", images.shape());
        chain = new Chain(plan, input, precision);
        whitening = spec instanceof AirbenchSpec ? new WhiteningConv() : null;
        if (spec instanceof CnnSpec cnn) {
            layers(cnn, classes, seed);
        } else if (spec instanceof ResNet9Spec resNet9) {
            layers(resNet9, classes);
        } else if (spec instanceof AirbenchSpec airbench && whitening != null) {
            layers(airbench, whitening, classes);
        }
        logits = chain.output();
        dLogits = plan.tensor("dLogits", batch, classes);
        chain.close();
        activations.seal(batch);
        parameters.seal();
        flops = Flops.teacher(spec, image, classes).total();
    }

    private void layers(CnnSpec spec, int classes, long seed) {
        for (int stage = 0; stage < spec.channels().size(); stage++) {
            if (stage > 0) {
                chain.append("pool." + stage, new MaxPool2x2());
            }
            for (int i = 0; i < spec.convsPerStage(); i++) {
                convolution("features." + stage + "." + i, spec.channels().get(stage));
            }
        }
        chain.appendInF32("average", new GlobalAveragePool());
        if (spec.dropout() > 0) {
            chain.appendInF32("dropout", new Dropout(spec.dropout(), seed, 0, step));
        }
        chain.appendInF32("head", new Linear(classes, Linear.Bias.YES));
    }

    private void layers(ResNet9Spec spec, int classes) {
        int width = spec.width();
        convolution("prep", width);
        convolution("layer1", 2 * width);
        chain.append("pool1", new MaxPool2x2());
        residual("residual1", 2 * width);
        convolution("layer2", 4 * width);
        chain.append("pool2", new MaxPool2x2());
        convolution("layer3", 8 * width);
        chain.append("pool3", new MaxPool2x2());
        residual("residual3", 8 * width);
        head(classes, ResNet9Spec.SCALE);
    }

    private void layers(AirbenchSpec spec, WhiteningConv first, int classes) {
        chain.append("whiten", first);
        chain.append("whiten", Affine.bias(Decay.INPUT_BIAS, Activation.GELU));
        for (int group = 0; group < spec.groups().size(); group++) {
            int channels = spec.groups().get(group);
            String name = "groups." + group + ".";
            identityConvolution(name + "conv1", channels);
            chain.append(name + "pool", new MaxPool2x2());
            chain.append(name + "norm1", new BatchNorm2d(GELU, BatchNorm2d.Scale.FIXED));
            identityConvolution(name + "conv2", channels);
            chain.append(name + "norm2", new BatchNorm2d(GELU, BatchNorm2d.Scale.FIXED));
        }
        head(classes, AirbenchSpec.SCALE);
    }

    private void convolution(String name, int channels) {
        chain.append(name + ".conv", new Conv2d(channels, convolution));
        chain.append(name + ".bn", new BatchNorm2d(RELU));
    }

    private void residual(String name, int channels) {
        Tensor branchInput = chain.output();
        convolution(name + ".0", channels);
        convolution(name + ".1", channels);
        chain.addResidual(name, branchInput);
    }

    /** A convolution that leaves as many channels as it can as they are, at first. */
    private void identityConvolution(String name, int channels) {
        chain.append(name, new Conv2d(channels, convolution));
        parameters.changeInitializer(name + ".weight", Initializer::dirac);
    }

    private void head(int classes, double scale) {
        chain.append("maximum", new GlobalMaxPool());
        // Of one position: what was the maximum, in F32.
        chain.appendInF32("features", new GlobalAveragePool());
        chain.appendInF32("head", new Linear(classes, Linear.Bias.NO));
        chain.appendInF32("logits", Affine.scaling(scale));
    }

    /** The first layer, where its kernels are to be made from training images before the first step: {@link Whitening}. */
    public Optional<WhiteningConv> whitening() {
        return Optional.ofNullable(whitening);
    }

    @Override
    public void forward(Mode mode) {
        parameters.refresh();
        if (input != images) {
            backend.pointwise().convert(images, input);
        }
        chain.forward(mode);
    }

    @Override
    public void backward() {
        chain.backward(dLogits);
    }

    @Override
    public List<BatchNorm2d> batchNorms() {
        return chain.batchNorms();
    }

    @Override
    public String name() {
        return "teacher";
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
    public void close() {
        activations.close();
        parameters.close();
    }
}
