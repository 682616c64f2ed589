package io.mambapkd.bench.cpu;

/** One model in one engine, on a fixed batch: what is timed. */
public interface StepSubject extends AutoCloseable {
    /** Engine and version, as shown in the report. */
    String name();

    /** One training step: forward, loss, backward, clipping where the workload asks for it, AdamW. Returns when it is done. */
    void step();

    /** Logits of the forward pass of the last step, (B, K) row-major. */
    float[] logits();

    /** Loss of the last step. */
    double loss();

    @Override
    void close();
}
