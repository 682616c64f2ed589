package io.mambapkd.train.settings;

import io.mambapkd.InputException;
import io.mambapkd.nn.Precision;
import io.mambapkd.ops.Backend;

/** Which precisions of a run a backend has. */
public final class Precisions {
    private Precisions() {}

    /**
     * Refuses settings that cannot be trained with on a backend.
     *
     * @throws InputException if a precision needs tensors that the backend lacks
     */
    public static void require(RunSpec spec, Backend backend) {
        require("teacher.precision", spec.teacher().precision(), backend);
        require("student.precision", spec.student().precision(), backend);
    }

    private static void require(String key, Precision precision, Backend backend) {
        if (!backend.supports(precision.activations())) {
            throw new InputException(key + " is bf16, which needs --device cuda with a GPU of compute capability 8.0 or"
                    + " newer, but the run is on " + backend.name() + ", " + backend.description() + "; use " + key
                    + "=f32, or such a GPU");
        }
    }

    /**
     * The settings that evaluate a run's checkpoints, which are F32 whatever the run was trained in: its own where the backend has its precisions, else with F32 in
     * their place.
     */
    public static RunSpec available(RunSpec spec, Backend backend) {
        return new RunSpec(
                spec.dataset(),
                spec.seed(),
                spec.validationImages(),
                spec.testImages(),
                spec.augmentation(),
                available(spec.teacher(), backend),
                available(spec.student(), backend),
                spec.students(),
                spec.earlyExit());
    }

    private static RunSpec.Teacher available(RunSpec.Teacher teacher, Backend backend) {
        return new RunSpec.Teacher(
                teacher.channels(),
                teacher.convsPerStage(),
                teacher.dropout(),
                available(teacher.precision(), backend),
                teacher.epochs(),
                teacher.images(),
                teacher.batch(),
                teacher.learningRate(),
                teacher.warmup(),
                teacher.weightDecay(),
                teacher.labelSmoothing());
    }

    private static RunSpec.Student available(RunSpec.Student student, Backend backend) {
        return new RunSpec.Student(
                student.scheme(),
                student.blend(),
                student.alpha(),
                student.temperature(),
                student.readOut(),
                student.mixer(),
                student.direction(),
                available(student.precision(), backend),
                student.epochs(),
                student.images(),
                student.copies(),
                student.batch(),
                student.warmup(),
                student.weightDecay(),
                student.clip());
    }

    private static Precision available(Precision precision, Backend backend) {
        return backend.supports(precision.activations()) ? precision : Precision.F32;
    }
}
