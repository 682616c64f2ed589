package io.mambapkd.bench.cpu;

import io.mambapkd.model.StudentSpec;
import io.mambapkd.model.TeacherSpec;
import java.nio.file.Path;
import java.util.List;

/** Another engine that computes the same steps. Found with {@link java.util.ServiceLoader}; its module is built with {@code -Ppeer}. */
public interface StepPeer {
    /**
     * Starts the engine. Called once, before anything else.
     *
     * @param threads number of threads that one operation may use
     * @param natives folder for the engine's unpacked libraries; created if missing
     */
    void start(int threads, Path natives);

    /** What a reader of the result must know of the engine: version, libraries, how it was used. */
    String description();

    /** How a peer's images lie in memory. */
    enum Layout {
        CHANNELS_FIRST,
        CHANNELS_LAST
    }

    /**
     * A teacher in its precision: in BF16, activations and the factors of convolutions and linear layers are BF16; parameters, norms' statistics and the loss F32.
     *
     * @param weights first values, by name
     */
    StepSubject teacher(TeacherSpec spec, Layout layout, Workload workload, List<Weight> weights);

    /** @param weights first values, by name */
    StepSubject student(StudentSpec spec, Workload workload, List<Weight> weights);
}
