package io.mambapkd.train.settings;

import io.mambapkd.InputException;
import io.mambapkd.model.StudentPrecision;
import io.mambapkd.nn.Precision;
import io.mambapkd.ops.Backend;
import java.util.stream.Stream;

/** Which precisions of a run a backend has. */
public final class Precisions {
    private Precisions() {}

    /**
     * Refuses settings that cannot be trained with on a backend.
     *
     * @throws InputException if a precision needs tensors that the backend lacks
     */
    public static void require(RunSpec spec, Backend backend) {
        require("teacher.precision", spec.teacher().precision().stored(backend), backend);
        require("student.precision", ofStudents(spec, backend), backend);
    }

    /** What their tensors are: on a backend that rounds the operands of convolutions instead, students must have some. Left to the backend, they are what it has. */
    private static Precision ofStudents(RunSpec spec, Backend backend) {
        if (spec.student().precision() != StudentPrecision.BF16) {
            return Precision.F32;
        }
        boolean convolve =
                spec.students().stream().anyMatch(student -> !student.stem().isEmpty());
        return convolve ? Precision.BF16.stored(backend) : Precision.BF16;
    }

    private static void require(String key, Precision precision, Backend backend) {
        if (!backend.supports(precision.activations())) {
            throw new InputException(key + " is bf16, which needs --device cuda with a GPU of compute capability 8.0 or"
                    + " newer, but the run is on " + backend.name() + ", " + backend.description() + "; use --set "
                    + key + "=f32, or such a GPU");
        }
    }

    /**
     * The settings that evaluate a run's checkpoints, which are F32 whatever the run was trained in: its own where the backend has its precisions, else in F32.
     */
    public static RunSpec available(RunSpec spec, Backend backend) {
        return Stream.of(spec.teacher().precision().stored(backend), ofStudents(spec, backend))
                        .allMatch(precision -> backend.supports(precision.activations()))
                ? spec
                : spec.withPrecision(Precision.F32);
    }
}
