package io.mambapkd.ops.cuda.checkup;

import io.mambapkd.Problem;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.ops.DeviceCheck;
import io.mambapkd.ops.Fallback;
import io.mambapkd.ops.cuda.driver.CudaArena;
import io.mambapkd.ops.cuda.driver.DeviceContext;
import io.mambapkd.ops.cuda.failures.CudaCallError;
import io.mambapkd.ops.cuda.failures.UnusableDeviceException;
import io.mambapkd.ops.cuda.libraries.CudnnConv2d;
import io.mambapkd.ops.cuda.libraries.CudnnStatus;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Convolutions of two images that are tried on a device, to find out which of them cuDNN refuses in the usual way, and which in every way. */
final class ConvolutionTrials {
    private static final int IMAGES = 2;

    /** Why a convolution is tried. */
    enum Use {
        /** The teacher of a preset has it. */
        PRESET,
        /** Some release of cuDNN refuses it in the usual way. */
        SELDOM
    }

    /** A convolution. */
    record Layer(int height, int width, int inputs, int outputs, Conv2dOps.Options options, Use use) {}

    /**
     * What became of them.
     *
     * @param fallbacks that were taken
     * @param refused why, for those of {@link Use#PRESET} that cuDNN does not compute at all
     * @param seldom likewise for the others
     */
    record Result(List<Fallback> fallbacks, List<Problem> refused, List<Problem> seldom) {}

    private static final Conv2dOps.Options THREE = new Conv2dOps.Options(3, 1, 1);

    static final List<Layer> LAYERS = List.of(
            new Layer(28, 28, 1, 16, THREE, Use.PRESET),
            new Layer(28, 28, 16, 16, THREE, Use.PRESET),
            new Layer(14, 14, 16, 32, THREE, Use.PRESET),
            new Layer(14, 14, 32, 32, THREE, Use.PRESET),
            new Layer(7, 7, 32, 64, THREE, Use.PRESET),
            new Layer(7, 7, 64, 64, THREE, Use.PRESET),
            new Layer(32, 32, 3, 16, THREE, Use.PRESET),
            new Layer(32, 32, 16, 32, THREE, Use.PRESET),
            new Layer(16, 16, 32, 32, THREE, Use.PRESET),
            new Layer(16, 16, 32, 64, THREE, Use.PRESET),
            new Layer(8, 8, 64, 128, THREE, Use.PRESET),
            new Layer(4, 4, 128, 128, THREE, Use.PRESET),
            new Layer(32, 32, 3, 24, new Conv2dOps.Options(2, 1, 0), Use.PRESET),
            new Layer(31, 31, 24, 64, THREE, Use.PRESET),
            new Layer(15, 15, 64, 64, THREE, Use.PRESET),
            new Layer(15, 15, 64, 256, THREE, Use.PRESET),
            new Layer(7, 7, 256, 256, THREE, Use.PRESET),
            new Layer(3, 3, 256, 256, THREE, Use.PRESET),
            // One output channel, one output position, a kernel larger than the image.
            new Layer(6, 5, 3, 1, THREE, Use.SELDOM),
            new Layer(5, 5, 3, 2, new Conv2dOps.Options(5, 1, 0), Use.SELDOM),
            new Layer(3, 2, 1, 3, new Conv2dOps.Options(5, 1, 4), Use.SELDOM));

    private final DeviceContext context;
    private final CudnnConv2d conv2d;

    ConvolutionTrials(DeviceContext context, CudnnConv2d conv2d) {
        this.context = context;
        this.conv2d = conv2d;
    }

    /**
     * Computes all of them and their gradients.
     *
     * @param types of the images
     * @throws UnusableDeviceException if cuDNN fails otherwise than by a refusal
     */
    Result run(List<DType> types) {
        List<Problem> refused = new ArrayList<>();
        List<Problem> seldom = new ArrayList<>();
        for (Layer layer : LAYERS) {
            for (DType type : types) {
                List<Problem> problems = layer.use() == Use.PRESET ? refused : seldom;
                try (Arena arena = new CudaArena(context, "trial", Arena.Layout.SEPARABLE, Arena.Blocks.PER_TYPE)) {
                    run(layer, type, arena, problems);
                }
            }
        }
        context.synchronise();
        return new Result(conv2d.fallbacks(), refused, seldom);
    }

    private void run(Layer layer, DType type, Arena arena, List<Problem> problems) {
        Conv2dOps.Options options = layer.options();
        Shape images = Shape.of(IMAGES, layer.height(), layer.width(), layer.inputs());
        Shape results =
                Shape.of(IMAGES, options.output(layer.height()), options.output(layer.width()), layer.outputs());
        Shape kernel = Shape.of(layer.outputs(), layer.inputs(), options.kernel(), options.kernel());
        Tensor x = arena.allocate("x", type, images);
        Tensor dx = arena.allocate("dx", type, images);
        Tensor weight = arena.allocate("weight", type, kernel);
        Tensor gradient = arena.allocate("gradient", DType.F32, kernel);
        Tensor y = arena.allocate("y", type, results);
        arena.seal();
        attempt(() -> conv2d.forward(options, x, weight, null, y), problems);
        attempt(() -> conv2d.backwardData(options, weight, y, dx), problems);
        attempt(() -> conv2d.backwardWeights(options, x, y, gradient, null), problems);
    }

    private static void attempt(Runnable computation, List<Problem> problems) {
        try {
            computation.run();
        } catch (UnusableDeviceException | CudaCallError refusal) {
            if (!CudnnStatus.isRefusal(refusal)) {
                throw refusal;
            }
            problems.add(DeviceCheck.problem(refusal));
        }
    }
}
