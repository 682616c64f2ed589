package io.mambapkd.validate;

import io.mambapkd.model.AirbenchSpec;
import io.mambapkd.model.Classifier;
import io.mambapkd.model.CnnSpec;
import io.mambapkd.model.CnnTeacher;
import io.mambapkd.model.MambaStudent;
import io.mambapkd.model.ResNet9Spec;
import io.mambapkd.model.StemSpec;
import io.mambapkd.model.StudentPrecision;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.model.StudentSpec.Reuse;
import io.mambapkd.model.TeacherSpec;
import io.mambapkd.model.TokenOrder;
import io.mambapkd.model.Tokenizer;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.Parameter;
import io.mambapkd.nn.Parameters;
import io.mambapkd.nn.PositionEmbedding;
import io.mambapkd.nn.mamba.MixerSpec;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.GradientAssembly;
import io.mambapkd.ops.PatchOps.Cut;
import io.mambapkd.optim.AdamW;
import io.mambapkd.optim.Nesterov;
import io.mambapkd.optim.Optimizer;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Tensor;
import java.util.List;

/** Whole training steps: forward, loss, backward, norm, update, and forward again with the new parameters. */
final class StepOperations {
    private static final ImageShape IMAGE = new ImageShape(12, 12, 1);
    private static final ImageShape DEEP_IMAGE = new ImageShape(20, 20, 1);
    /** Of the error of a deep model, where a rounding may choose another of two maxima that are nearly equal, whose gradient then goes elsewhere. */
    private static final double DEEP = 20;

    private static final double DEEP_AND_NARROW = 2;
    private static final int CLASSES = 10;
    private static final int MODEL_SEED = 11;
    private static final Nesterov.Options DESCENT = new Nesterov.Options(Nesterov.RateUnit.KILOSTEP, 0.85, 0.02, 64);

    private StepOperations() {}

    static List<Operation> all() {
        return List.of(
                Operation.inBothTypes("teacher_step", StepOperations::teacher).withBends(),
                Operation.inBothTypes("resnet9_step", StepOperations::residual).withBends(),
                Operation.inBothTypes("airbench_step", StepOperations::airbench).withBends(),
                Operation.inBothTypes("student_step", StepOperations::student),
                Operation.inBothTypes("stem_student_step", StepOperations::studentWithStem));
    }

    private static void teacher(Trial t) {
        int batch = t.extent("B", 2, 5, 8);
        TeacherSpec spec = new CnnSpec(List.of(t.choose(4, 8), 8), 1, t.choose(0.0, 0.2), t.precision());
        teacher(t, spec, IMAGE, batch);
    }

    /** Of larger images and batches, so that the norms behind the last pool have tens of rows: with two, a gradient is all rounding. */
    private static void residual(Trial t) {
        int batch = t.extent("B", 8, 12);
        teacher(t, new ResNet9Spec(t.choose(2, 4), t.precision()), DEEP_IMAGE, batch);
    }

    private static void airbench(Trial t) {
        int batch = t.extent("B", 8, 12);
        teacher(t, new AirbenchSpec(t.choose(2, 4), t.precision()), DEEP_IMAGE, batch);
    }

    private static void teacher(Trial t, TeacherSpec spec, ImageShape image, int batch) {
        try (Classifier model = new CnnTeacher(t.backend(), spec, image, CLASSES, batch, MODEL_SEED)) {
            boolean deep = !(spec instanceof CnnSpec);
            step(t, model, DistillationLossOps.Options.crossEntropy(0.1), batch, deep);
        }
    }

    private static void student(Trial t) {
        int batch = t.extent("B", 1, 3, 8);
        Tokenizer tokenizer = new Tokenizer(t.choose(Cut.values()), t.choose(2, 4));
        student(t, tokenizer, t.choose(1, 2), IMAGE, Reuse.NONE, batch);
    }

    /** With convolutions before the cut, tokens that do not divide what they cut, blocks that read them in other orders, and the logits of a group that may be read. */
    private static void studentWithStem(Trial t) {
        int batch = t.extent("B", 8, 12);
        Tokenizer tokenizer = new Tokenizer(
                new StemSpec(List.of(4, t.choose(6, 8)), List.of(1, 2)),
                t.choose(Cut.values()),
                t.choose(2, 3, 4),
                t.choose(PositionEmbedding.Kind.values()),
                t.choose(TokenOrder.values()));
        student(t, tokenizer, t.choose(1, 3), DEEP_IMAGE, t.choose(Reuse.values()), batch);
    }

    private static void student(Trial t, Tokenizer tokenizer, int blocks, ImageShape image, Reuse reuse, int batch) {
        StudentSpec spec = new StudentSpec(
                "validated",
                tokenizer,
                t.choose(8, 16),
                blocks,
                t.choose(4, 8, 16),
                4,
                2,
                t.choose(StudentSpec.ReadOut.values()),
                t.choose(MixerSpec.Kind.values()),
                t.choose(MixerSpec.Direction.values()),
                reuse,
                StudentPrecision.of(t.precision()));
        double ofGroup = reuse == Reuse.LOGITS ? 0.5 : 0;
        try (Classifier model = new MambaStudent(t.backend(), spec, image, CLASSES, batch)) {
            step(t, model, new DistillationLossOps.Options(0.3, 2, 0.1, ofGroup, 1 - ofGroup), batch, false);
        }
    }

    /** Logits of a group, and a matrix for them, which is zero in a student that is not trained. */
    private static void read(Trial t, Classifier model, Tensor group) {
        t.backend().upload(t.numbers(-4, 4, group.shape()), group);
        for (Parameter parameter : model.parameters().all()) {
            if (parameter.name().equals("reuse.weight")) {
                t.backend().upload(t.numbers(-0.2f, 0.2f, parameter.shape()), parameter.value());
            }
        }
    }

    /** @param deep whether the model is one of those that are trained by SGD */
    private static void step(Trial t, Classifier model, DistillationLossOps.Options options, int batch, boolean deep) {
        boolean narrow = t.activationType() == DType.BF16;
        double more = !deep ? 1 : narrow ? DEEP_AND_NARROW : DEEP;
        double tolerance = more * (narrow ? Tolerance.NARROW_STEP : Tolerance.STEP);
        double ofGradients = more * (narrow ? Tolerance.NARROW_GRADIENT : Tolerance.STEP);
        model.parameters().initialise(MODEL_SEED, 1);
        t.backend().upload(t.images(-1, 2, model.images().shape()), model.images());
        t.backend().upload(new int[] {3}, model.step());
        model.groupLogits().ifPresent(group -> read(t, model, group));
        Tensor teacher = t.uniform(-4, 4, batch, CLASSES);
        DistillationLossOps.Inputs in = new DistillationLossOps.Inputs(
                model.logits(),
                model.groupLogits().orElse(null),
                options.alpha() < 1 ? teacher : null,
                t.integers(CLASSES, batch),
                null,
                batch);
        Tensor statistics = t.unwritten(DistillationLossOps.STATISTICS);
        Tensor norm = t.unwritten(1);
        Tensor factor = t.unwritten(1);
        Tensor number = t.allocate(DType.I32, 1);
        t.backend().upload(new int[] {1}, number);
        Parameters parameters = model.parameters();
        try (GradientAssembly assembly = t.backend().assembly(parameters.flatGradients(0, parameters.flatElements()));
                Optimizer optimizer = deep
                        ? new Nesterov(t.backend(), parameters, DESCENT, batch, 1, 1, 1, step -> 1)
                        : new AdamW(t.backend(), parameters, 0.9, 0.99, 0.05, 1, step -> 1e-3)) {
            assembly.begin();
            model.differentiate(t.backend(), options, in, statistics);
            t.resultWithin("logits", model.logits(), tolerance);
            t.resultWithin("loss", statistics.slices(0, 1), tolerance);
            assembly.end(1, norm, factor, null);
            t.resultWithin("gradient norm", norm, tolerance);
            double scale = Math.max(1, t.backend().download(norm)[0]);
            for (Parameter parameter : model.parameters().all()) {
                if (parameter.hasGradient()) {
                    t.gradient("d " + parameter.name(), parameter.gradient(), scale, ofGradients);
                }
            }
            optimizer.update(number, factor, null);
            model.forward(Mode.INFERENCE);
            // AdamW divides a gradient by its own size: where it is all rounding, so is the step, which is 1e-3 of a
            // parameter.
            t.resultWithin("logits after the update", model.logits(), narrow ? tolerance : 10 * tolerance);
        }
    }
}
