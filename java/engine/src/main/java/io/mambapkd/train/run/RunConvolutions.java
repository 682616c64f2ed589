package io.mambapkd.train.run;

import io.mambapkd.model.Classifier;
import io.mambapkd.model.CnnTeacher;
import io.mambapkd.model.Flops;
import io.mambapkd.model.MambaStudent;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.model.TeacherSpec;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.Precision;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.ops.ConvolutionCall;
import io.mambapkd.ops.ConvolutionCall.Direction;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Tensor;
import io.mambapkd.train.settings.GroupSettings;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.StudentSettings;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The convolutions that a run computes. They are noted down while its convolutional models compute an evaluation and a training step, so that the list is what
 * the models do and not what somebody wrote about them. A run has no other batch sizes: training skips an incomplete last batch, evaluation fills it up.
 */
public final class RunConvolutions {
    private RunConvolutions() {}

    /**
     * Runs the steps.
     *
     * @param spec of the run; the extents of its convolutions do not depend on its precision, and F32 is computed
     * @param image size of the images
     * @param classes K
     * @param backend computes them
     * @return for the teacher, for the plain CNN among the controls, and for all students with stems, the distinct calls in the order in which they came
     * @throws io.mambapkd.InputException if the images are too small for the teacher
     */
    public static Map<String, List<ConvolutionCall>> of(RunSpec spec, ImageShape image, int classes, Backend backend) {
        TeacherSpec teacher = spec.teacher().spec();
        long groupFlops = Flops.group(spec.models(), image, classes);
        TeacherSpec control = Controls.plainCnn(teacher, image, classes, groupFlops);
        Map<String, List<ConvolutionCall>> calls = new LinkedHashMap<>();
        calls.put("teacher", calls(teacher, spec.teacher().batch(), image, classes, backend));
        GroupSettings common = spec.student();
        StudentSettings last = spec.students().get(spec.students().size() - 1);
        calls.put("control", calls(control, last.batch(common), image, classes, backend));
        Set<ConvolutionCall> stems = new LinkedHashSet<>();
        for (int i = 0; i < spec.students().size(); i++) {
            StudentSpec student = spec.models().get(i).with(Precision.F32);
            int trained = spec.students().get(i).batch(common);
            // Students are evaluated in the batches that all have in common.
            for (int batch : new TreeSet<>(List.of(trained, common.batch()))) {
                stems.addAll(calls(batch, backend, noting -> new MambaStudent(noting, student, image, classes, 1)));
            }
        }
        if (!stems.isEmpty()) {
            calls.put("students", List.copyOf(stems));
        }
        return calls;
    }

    private static List<ConvolutionCall> calls(
            TeacherSpec spec, int batch, ImageShape image, int classes, Backend backend) {
        TeacherSpec computed = spec.withPrecision(Precision.F32);
        return calls(batch, backend, noting -> new CnnTeacher(noting, computed, image, classes, 1, 0));
    }

    /** Of one step. One image shows what a model does; all calls of a run have the batch of its model. */
    private static List<ConvolutionCall> calls(int batch, Backend backend, Function<Backend, Classifier> made) {
        Set<ConvolutionCall> calls = new LinkedHashSet<>();
        try (Classifier model = made.apply(noting(backend, batch, calls))) {
            model.parameters().initialise(0, 0);
            backend.zero(model.images());
            backend.zero(model.dLogits());
            model.groupLogits().ifPresent(backend::zero);
            model.forward(Mode.INFERENCE);
            model.forward(Mode.TRAINING);
            model.backward();
        }
        return List.copyOf(calls);
    }

    /** The same backend, whose convolutions are added to {@code calls}. */
    private static Backend noting(Backend backend, int batch, Set<ConvolutionCall> calls) {
        Conv2dOps noted = new Noted(backend.conv2d(), batch, calls);
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("conv2d")) {
                        return noted;
                    }
                    try {
                        return method.invoke(backend, arguments);
                    } catch (InvocationTargetException failure) {
                        throw failure.getTargetException();
                    }
                });
    }

    private record Noted(Conv2dOps ops, int batch, Set<ConvolutionCall> calls) implements Conv2dOps {
        @Override
        public void forward(Options options, Tensor x, Tensor weight, @Nullable Tensor bias, Tensor y) {
            note(Direction.FORWARD, x, weight, options);
            ops.forward(options, x, weight, bias, y);
        }

        @Override
        public void backwardData(Options options, Tensor weight, Tensor dy, Tensor dx) {
            note(Direction.BACKWARD_DATA, dx, weight, options);
            ops.backwardData(options, weight, dy, dx);
        }

        @Override
        public void backwardWeights(Options options, Tensor x, Tensor dy, Tensor dWeight, @Nullable Tensor dBias) {
            note(Direction.BACKWARD_FILTER, x, dWeight, options);
            ops.backwardWeights(options, x, dy, dWeight, dBias);
        }

        private void note(Direction direction, Tensor images, Tensor weight, Options options) {
            calls.add(new ConvolutionCall(
                    direction,
                    batch,
                    images.shape().extent(1),
                    images.shape().extent(2),
                    images.shape().extent(3),
                    weight.shape().extent(0),
                    options.with(Conv2dOps.Layout.CHANNELS_FIRST)));
        }
    }
}
