package io.mambapkd.model;

import io.mambapkd.InputException;
import io.mambapkd.nn.BatchNorm2d;
import io.mambapkd.nn.Conv2d;
import io.mambapkd.nn.Dropout;
import io.mambapkd.nn.GlobalAveragePool;
import io.mambapkd.nn.Layer;
import io.mambapkd.nn.LayerPlan;
import io.mambapkd.nn.Linear;
import io.mambapkd.nn.MaxPool2x2;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.Parameters;
import io.mambapkd.nn.Precision;
import io.mambapkd.ops.Activation;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BatchNormOps;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The convolutional classifier of a {@link TeacherSpec}. Parameters are named {@code features.STAGE.I.conv.weight}, {@code
 * features.STAGE.I.bn.*}, {@code head.weight}, {@code head.bias}, and have no values until {@link Parameters#initialise} or a checkpoint gives
 * them some.
 */
public final class CnnTeacher implements Classifier {
    private static final Conv2dOps.Options CONVOLUTION = new Conv2dOps.Options(3, 1, 1);
    private static final BatchNormOps.Options NORMALISATION = new BatchNormOps.Options(1e-5f, 0.1f, Activation.RELU);

    /** A layer with its input and output. */
    private record Link(Layer layer, Tensor x, Tensor y) {}

    private final Parameters parameters;
    private final Arena activations;
    private final Backend backend;
    private final Tensor images;
    /** The images in the type of activations; the images themselves where that is F32. */
    private final Tensor input;

    private final Tensor logits;
    private final Tensor dLogits;
    private final Tensor step;
    private final List<Link> chain = new ArrayList<>();
    /** A gradient and the one computed from it, in turns. */
    private final GradientPair gradients;

    private final long flops;

    /**
     * @param batch number of images of every forward pass
     * @param seed of the dropout masks
     * @throws InputException if the images are too small for the number of stages
     */
    public CnnTeacher(Backend backend, TeacherSpec spec, ImageShape image, int classes, int batch, long seed) {
        int stages = spec.channels().size();
        spec.requireFit(image);
        this.backend = backend;
        parameters = new Parameters(backend, "teacher", spec.precision());
        activations = backend.newArena("teacher activations");
        LayerPlan plan = new LayerPlan(backend, parameters, activations, "");
        images = plan.tensor("images", batch, image.height(), image.width(), image.channels());
        step = activations.allocate("step", DType.I32, Shape.of(1));
        input = spec.precision() == Precision.F32 ? images : plan.activation("input", images.shape());
        Precision precision = spec.precision();
        Tensor x = input;
        for (int stage = 0; stage < stages; stage++) {
            if (stage > 0) {
                x = append(new MaxPool2x2(), plan.child("pool." + stage), x, precision);
            }
            for (int i = 0; i < spec.convsPerStage(); i++) {
                LayerPlan part = plan.child("features." + stage + "." + i);
                x = append(new Conv2d(spec.channels().get(stage), CONVOLUTION), part.child("conv"), x, precision);
                x = append(new BatchNorm2d(NORMALISATION), part.child("bn"), x, precision);
            }
        }
        x = append(new GlobalAveragePool(), plan.child("average"), x, Precision.F32);
        if (spec.dropout() > 0) {
            x = append(new Dropout(spec.dropout(), seed, 0, step), plan.child("dropout"), x, Precision.F32);
        }
        logits = append(new Linear(classes, Linear.Bias.YES), plan.child("head"), x, Precision.F32);
        dLogits = plan.tensor("dLogits", batch, classes);
        gradients = GradientPair.plan(plan, chain.stream().map(Link::y).toList());
        activations.seal(batch);
        parameters.seal();
        flops = Flops.teacher(spec, image, classes).total();
    }

    private Tensor append(Layer layer, LayerPlan plan, Tensor x, Precision output) {
        Shape shape = layer.allocate(plan, x.shape());
        Tensor y = output == Precision.F32 ? plan.tensor("y", shape) : plan.activation("y", shape);
        chain.add(new Link(layer, x, y));
        return y;
    }

    @Override
    public void forward(Mode mode) {
        if (input != images) {
            parameters.refresh();
            backend.pointwise().convert(images, input);
        }
        for (Link link : chain) {
            link.layer.forward(link.x, link.y, mode);
        }
    }

    @Override
    public void backward() {
        gradients.begin();
        Tensor dy = dLogits;
        for (int i = chain.size() - 1; i >= 0; i--) {
            Link link = chain.get(i);
            Tensor dx = null;
            if (link.layer instanceof BatchNorm2d) {
                dx = dy;
            } else if (i > 0) {
                dx = gradients.next(link.x);
            }
            link.layer.backward(link.x, link.y, dy, dx);
            if (dx != null) {
                dy = dx;
            }
        }
    }

    @Override
    public List<BatchNorm2d> batchNorms() {
        return chain.stream()
                .map(Link::layer)
                .filter(BatchNorm2d.class::isInstance)
                .map(BatchNorm2d.class::cast)
                .toList();
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
