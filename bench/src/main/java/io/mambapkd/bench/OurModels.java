package io.mambapkd.bench;

import io.mambapkd.model.Classifier;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.model.TeacherSpec;
import io.mambapkd.ops.Backend;

/** This project's models, initialised, for the shapes of a workload. */
final class OurModels {
    private static final long SEED = 1;

    private OurModels() {}

    static Classifier teacher(Backend backend, TeacherSpec spec, Workload workload) {
        if (SEED > 0) {
            throw new UnsupportedOperationException("not merged yet: " + backend + " " + spec + " " + workload);
        }
        return java.util.Objects.requireNonNull(null);
    }

    static Classifier student(Backend backend, StudentSpec spec, Workload workload) {
        if (SEED > 0) {
            throw new UnsupportedOperationException("not merged yet: " + backend + " " + spec + " " + workload);
        }
        return java.util.Objects.requireNonNull(null);
    }
}
