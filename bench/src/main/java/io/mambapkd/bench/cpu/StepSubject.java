package io.mambapkd.bench.cpu;

/** One model in one engine, on a fixed batch: what is timed. */
public interface StepSubject extends AutoCloseable {
    /** Engine and version, as shown in the report. */
    String name();

    /** One training step: forward, loss, backward, clipping where the workload asks for it, optimizer. Returns when it is done. */
    void step();

    /** A step that also tells the Euclidean norm of its gradient, before clipping. */
    double stepWithNorm();

    /** Logits of the forward pass of the last step, (B, K) row-major. */
    float[] logits();

    /** Loss of the last step. */
    double loss();

    @Override
    void close();
}
