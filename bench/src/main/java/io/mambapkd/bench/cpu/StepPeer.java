package io.mambapkd.bench.cpu;

import io.mambapkd.model.CnnSpec;
import io.mambapkd.model.StudentSpec;
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

    /** @param weights first values, by name */
    StepSubject teacher(CnnSpec spec, Workload workload, List<Weight> weights);

    /** @param weights first values, by name */
    StepSubject student(StudentSpec spec, Workload workload, List<Weight> weights);
}
