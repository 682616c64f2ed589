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
    private final Tensor images;
    private final Tensor logits;
    private final Tensor dLogits;
    private final Tensor step;
    private final List<Link> chain = new ArrayList<>();
    /** Two vectors of the size of the largest activation: a gradient and the one computed from it. */
    private final List<Tensor> gradients;

    private final long flops;

    /**
     * @param batch number of images of every forward pass
     * @param seed of the dropout masks
     * @throws InputException if the images are too small for the number of stages
     */
    public CnnTeacher(Backend backend, TeacherSpec spec, ImageShape image, int classes, int batch, long seed) {
        int stages = spec.channels().size();
        if (Math.min(image.height(), image.width()) >> (stages - 1) < 1) {
            throw new InputException("a teacher of " + stages + " stages needs images of at least "
                    + (1 << (stages - 1)) + " pixels a side, got " + image + "; shorten teacher.channels");
        }
        parameters = new Parameters(backend, "teacher");
        activations = backend.newArena("teacher activations");
        LayerPlan plan = new LayerPlan(backend, parameters, activations, "");
        images = plan.tensor("images", batch, image.height(), image.width(), image.channels());
        step = activations.allocate("step", DType.I32, Shape.of(1));
        Tensor x = images;
        for (int stage = 0; stage < stages; stage++) {
            if (stage > 0) {
                x = append(new MaxPool2x2(), plan.child("pool." + stage), x);
            }
            for (int i = 0; i < spec.convsPerStage(); i++) {
                LayerPlan part = plan.child("features." + stage + "." + i);
                x = append(new Conv2d(spec.channels().get(stage), CONVOLUTION), part.child("conv"), x);
                x = append(new BatchNorm2d(NORMALISATION), part.child("bn"), x);
            }
        }
        x = append(new GlobalAveragePool(), plan.child("average"), x);
        if (spec.dropout() > 0) {
            x = append(new Dropout(spec.dropout(), seed, 0, step), plan.child("dropout"), x);
        }
        logits = append(new Linear(classes, Linear.Bias.YES), plan.child("head"), x);
        dLogits = plan.tensor("dLogits", batch, classes);
        long largest = chain.stream()
                .mapToLong(link -> link.y.shape().elements())
                .max()
                .orElseThrow();
        gradients = List.of(
                plan.tensor("gradient.0", Math.toIntExact(largest)),
                plan.tensor("gradient.1", Math.toIntExact(largest)));
        activations.seal(batch);
        parameters.seal();
        flops = Flops.teacher(spec, image, classes).total();
    }

    private Tensor append(Layer layer, LayerPlan plan, Tensor x) {
        Tensor y = plan.tensor("y", layer.allocate(plan, x.shape()));
        chain.add(new Link(layer, x, y));
        return y;
    }

    @Override
    public void forward(Mode mode) {
        for (Link link : chain) {
            link.layer.forward(link.x, link.y, mode);
        }
    }

    @Override
    public void backward() {
        Tensor dy = dLogits;
        int free = 0;
        for (int i = chain.size() - 1; i >= 0; i--) {
            Link link = chain.get(i);
            Tensor dx = null;
            if (link.layer instanceof BatchNorm2d) {
                dx = dy;
            } else if (i > 0) {
                dx = gradient(free, link.x.shape());
                free = 1 - free;
            }
            link.layer.backward(link.x, link.y, dy, dx);
            if (dx != null) {
                dy = dx;
            }
        }
    }

    private Tensor gradient(int number, Shape shape) {
        int elements = Math.toIntExact(shape.elements());
        return gradients.get(number).slices(0, elements).reshape(shape.toArray());
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
