package io.mambapkd.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BatchNormOps;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VisionLayersTest {
    private final Backend backend = new CpuBackend(1);

    @AfterEach
    void close() {
        backend.close();
    }

    private void check(Layer layer, float[] input, int... extents) {
        try (GradientCheck check = new GradientCheck(backend, layer, input, extents)) {
            check.run();
        }
    }

    @Test
    void linearGradientsAreCentralDifferences() {
        check(new Linear(5, Linear.Bias.YES), GradientCheck.random(1, 2 * 3 * 4), 2, 3, 4);
        check(new Linear(2, Linear.Bias.NO), GradientCheck.random(1, 3 * 4), 3, 4);
    }

    @Test
    void convolutionGradientsAreCentralDifferences() {
        check(new Conv2d(4, new Conv2dOps.Options(3, 1, 1)), GradientCheck.random(1, 2 * 5 * 4 * 3), 2, 5, 4, 3);
        check(new Conv2d(3, new Conv2dOps.Options(3, 1, 1)), GradientCheck.random(1, 2 * 5 * 4), 2, 5, 4, 1);
        check(new Conv2d(3, new Conv2dOps.Options(3, 2, 1)), GradientCheck.random(1, 2 * 5 * 4 * 3), 2, 5, 4, 3);
    }

    @Test
    void batchNormGradientsAreCentralDifferences() {
        BatchNormOps.Options options = new BatchNormOps.Options(1e-5f, 0.1f, Activation.IDENTITY);
        check(new BatchNorm2d(options), GradientCheck.random(1, 4 * 3 * 3 * 5), 4, 3, 3, 5);
    }

    @Test
    void batchNormWithGeluAndAFixedScaleHasGradientsOfCentralDifferences() {
        BatchNormOps.Options options = new BatchNormOps.Options(1e-5f, 0.1f, Activation.GELU);
        check(new BatchNorm2d(options, BatchNorm2d.Scale.FIXED), GradientCheck.random(1, 4 * 3 * 3 * 5), 4, 3, 3, 5);
    }

    @Test
    void affineGradientsAreCentralDifferences() {
        check(Affine.bias(Decay.INPUT_BIAS, Activation.GELU), GradientCheck.random(1, 4 * 3 * 5), 4, 3, 5);
        check(Affine.scaling(0.125), GradientCheck.random(1, 4 * 5), 4, 5);
    }

    @Test
    void globalMaxPoolGradientsAreCentralDifferences() {
        float[] x = new float[2 * 4 * 5 * 3];
        for (int i = 0; i < x.length; i++) {
            // All values apart by more than a step.
            x[i] = (i * 37 % x.length) * 0.1f;
        }
        check(new GlobalMaxPool(), x, 2, 4, 5, 3);
    }

    /** A patch is multiplied by each kernel; nothing is added around the image. */
    @Test
    void aWhiteningConvolutionMultipliesPatchesByItsKernels() {
        try (Arena arena = backend.newArena("images")) {
            Parameters parameters = new Parameters(backend, "first");
            WhiteningConv layer = new WhiteningConv();
            Tensor x = arena.allocate("x", 1, 3, 2, 1);
            Shape output = layer.allocate(new LayerPlan(backend, parameters, arena, ""), x.shape());
            assertThat(output).isEqualTo(Shape.of(1, 2, 1, 8));
            Tensor y = arena.allocate("y", DType.F32, output);
            arena.seal();
            parameters.seal();
            backend.upload(new float[] {1, 2, 3, 4, 5, 6}, x);
            float[] kernels = new float[8 * 4];
            kernels[0] = 1; // the first kernel takes the upper left pixel
            kernels[4 + 3] = 10; // the second the lower right one, times 10
            backend.upload(kernels, layer.weight());
            layer.forward(x, y, Mode.TRAINING);
            assertThat(backend.download(y)).containsExactly(1, 40, 0, 0, 0, 0, 0, 0, 3, 60, 0, 0, 0, 0, 0, 0);
            assertThat(parameters.count()).isZero();
            assertThat(parameters.all()).extracting(Parameter::name).containsExactly("weight");
            parameters.close();
        }
    }

    @Test
    void diracKernelsPassTheirChannelsOn() {
        CounterRandom random = new CounterRandom(1, Purpose.INITIALISATION);
        Initializer.Draws draws = new Initializer.Draws(random, 0, 0);
        float[] values = Initializer.dirac(Initializer.constant(7)).values(Shape.of(3, 2, 3, 3), draws);
        for (int i = 0; i < values.length; i++) {
            int output = i / 18;
            boolean center = i % 9 == 4;
            float expected = output == 2 ? 7 : center && i / 9 % 2 == output ? 1 : 0;
            assertThat(values[i]).as("element %d", i).isEqualTo(expected);
        }
    }

    @Test
    void maxPoolGradientsAreCentralDifferences() {
        float[] x = new float[2 * 4 * 5 * 3];
        for (int i = 0; i < x.length; i++) {
            // All values apart by more than a step.
            x[i] = (i * 37 % x.length) * 0.1f;
        }
        check(new MaxPool2x2(), x, 2, 4, 5, 3);
    }

    @Test
    void globalAveragePoolGradientsAreCentralDifferences() {
        check(new GlobalAveragePool(), GradientCheck.random(1, 2 * 3 * 4 * 5), 2, 3, 4, 5);
    }

    @Test
    void dropoutGradientsAreCentralDifferences() {
        try (Arena arena = backend.newArena("step")) {
            Tensor step = arena.allocate("step", DType.I32, Shape.of(1));
            arena.seal();
            check(new Dropout(0.4, 1, 0, step), GradientCheck.random(1, 6 * 5), 6, 5);
        }
    }

    @Test
    void dropoutDoesNothingInInference() {
        try (Arena arena = backend.newArena("step")) {
            Tensor step = arena.allocate("step", DType.I32, Shape.of(1));
            Tensor x = arena.allocate("x", 6, 5);
            Tensor y = arena.allocate("y", 6, 5);
            arena.seal();
            float[] values = GradientCheck.random(1, 30);
            backend.upload(values, x);
            Dropout dropout = new Dropout(0.9, 1, 0, step);
            dropout.allocate(new LayerPlan(backend, new Parameters(backend, "none"), arena, ""), x.shape());
            dropout.forward(x, y, Mode.INFERENCE);
            assertThat(backend.download(y)).containsExactly(values);
        }
    }

    @Test
    void maxPoolRefusesImagesWithoutAWindow() {
        try (Arena arena = backend.newArena("other")) {
            LayerPlan plan = new LayerPlan(backend, new Parameters(backend, "none"), arena, "");
            assertThatThrownBy(() -> new MaxPool2x2().allocate(plan, Shape.of(1, 1, 5, 2)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("max pooling needs images of at least 2x2, got (1, 1, 5, 2)");
        }
    }
}
