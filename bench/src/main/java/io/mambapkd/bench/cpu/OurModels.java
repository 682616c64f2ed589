package io.mambapkd.bench.cpu;

import io.mambapkd.model.Classifier;
import io.mambapkd.model.CnnTeacher;
import io.mambapkd.model.MambaStudent;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.model.TeacherSpec;
import io.mambapkd.ops.Backend;

/** This project's models, initialised, for the shapes of a workload. */
final class OurModels {
    private static final long SEED = 1;

    private OurModels() {}

    static Classifier teacher(Backend backend, TeacherSpec spec, Workload workload) {
        return initialised(new CnnTeacher(backend, spec, workload.image(), workload.classes(), workload.batch(), SEED));
    }

    static Classifier student(Backend backend, StudentSpec spec, Workload workload) {
        return initialised(new MambaStudent(backend, spec, workload.image(), workload.classes(), workload.batch()));
    }

    private static Classifier initialised(Classifier model) {
        model.parameters().initialise(SEED, 0);
        return model;
    }
}
