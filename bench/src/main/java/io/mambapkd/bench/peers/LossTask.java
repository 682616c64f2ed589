package io.mambapkd.bench.peers;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.DistillationLossOps.Options;
import io.mambapkd.ops.Replay;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The distillation loss with its gradient on logits that a peer reads from a file. */
final class LossTask implements OurTask, AutoCloseable {
    static final Options OPTIONS = new Options(0.1, 2, 0, 0.5, 0.5);

    /** Standard deviation of the logits: predictions from unsure to sure. */
    private static final float SCALE = 3;
    /** Half the distance between 1 and the next float. */
    private static final double UNIT = 0x1p-24;

    private final int batch;
    private final int classes;
    private final int steps;
    private final Backend backend;
    private final Arena arena;
    private final Tensor gradient;
    private final Tensor statistics;
    private final Replay replay;
    private final float[] logits;
    private final int[] labels;

    /** @param steps of a block */
    LossTask(Backend backend, int batch, int classes, int steps) {
        this.backend = backend;
        this.batch = batch;
        this.classes = classes;
        this.steps = steps;
        int count = batch * classes;
        logits = new float[3 * count];
        CounterRandom random = new CounterRandom(1, Purpose.TEST_INPUT);
        for (int i = 0; i < logits.length; i++) {
            logits[i] = SCALE * random.normal(0, 0, i);
        }
        labels = new int[batch];
        for (int i = 0; i < batch; i++) {
            labels[i] = i % classes;
        }
        arena = backend.newArena("loss of the peers");
        Tensor student = arena.allocate("student logits", batch, classes);
        Tensor ensemble = arena.allocate("ensemble logits", batch, classes);
        Tensor teacher = arena.allocate("teacher logits", batch, classes);
        Tensor target = arena.allocate("labels", DType.I32, Shape.of(batch));
        gradient = arena.allocate("gradient", batch, classes);
        statistics = arena.allocate("statistics", DistillationLossOps.STATISTICS);
        arena.seal();
        backend.upload(java.util.Arrays.copyOfRange(logits, 0, count), student);
        backend.upload(java.util.Arrays.copyOfRange(logits, count, 2 * count), ensemble);
        backend.upload(java.util.Arrays.copyOfRange(logits, 2 * count, 3 * count), teacher);
        backend.upload(labels, target);
        DistillationLossOps.Inputs inputs =
                new DistillationLossOps.Inputs(student, ensemble, teacher, target, null, batch);
        replay = backend.replay(
                () -> backend.distillationLoss().lossAndGradient(OPTIONS, inputs, gradient, null, statistics));
        // The first is done as it is, the second captured.
        for (int i = 0; i < 3; i++) {
            replay.run();
        }
        backend.download(statistics);
    }

    /** Writes the inputs as {@code loss.py} reads them. */
    void writeInputs(Path file) {
        ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * (logits.length + labels.length))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (float logit : logits) {
            bytes.putFloat(logit);
        }
        for (int label : labels) {
            bytes.putInt(label);
        }
        try {
            Files.write(file, bytes.array());
        } catch (IOException failure) {
            throw new InputException(
                    "the logits for the peer cannot be written to " + file + ": " + FileFailure.reason(failure)
                            + "; make room there, or name another folder in TMPDIR",
                    failure);
        }
    }

    /** Arguments of {@code loss.py}. */
    static List<String> arguments(int batch, int classes) {
        return List.of(
                "--batch=" + batch,
                "--classes=" + classes,
                "--alpha=" + OPTIONS.alpha(),
                "--temperature=" + OPTIONS.temperature(),
                "--ensemble-weight=" + OPTIONS.ensembleWeight(),
                "--student-weight=" + OPTIONS.studentWeight());
    }

    /** @throws PeerFailure if the peer's loss is another */
    void requireEqualLoss(double peerLoss) {
        double loss = backend.download(statistics)[0];
        // Written so that NaN fails.
        if (!(Math.abs(loss - peerLoss) <= lossTolerance())) {
            throw different("loss", loss, peerLoss, lossTolerance());
        }
    }

    /**
     * To be called before anything is timed.
     *
     * @param peerGradient float32 (B, K), little-endian
     * @throws PeerFailure if the peer's gradient is another
     */
    void requireEqualGradient(byte[] peerGradient) {
        float[] ours = backend.download(gradient);
        if (peerGradient.length != Float.BYTES * ours.length) {
            throw new PeerFailure(
                    "its gradient has " + peerGradient.length + " bytes instead of " + Float.BYTES * ours.length);
        }
        ByteBuffer theirs = ByteBuffer.wrap(peerGradient).order(ByteOrder.LITTLE_ENDIAN);
        double tolerance = gradientTolerance();
        for (int i = 0; i < ours.length; i++) {
            float their = theirs.getFloat();
            if (!(Math.abs(ours[i] - their) <= tolerance)) {
                throw different("gradient " + i, ours[i], their, tolerance);
            }
        }
    }

    private static PeerFailure different(String what, double ours, double theirs, double tolerance) {
        return new PeerFailure(String.format(
                Locale.ROOT,
                "no timing: %s is %.8g here but %.8g there, further apart than %.1e, so they do not compute the same",
                what,
                ours,
                theirs,
                tolerance));
    }

    /**
     * The relative error of a probability in float: that of its exponent's argument, whose terms are as large as {@link #largest}, that of a sum of K terms, and a few
     * roundings; twice, as both engines have it.
     */
    private double probabilityError() {
        return 2 * UNIT * (3 * largest() + classes + 8);
    }

    /** Bounds the error of alpha (p - y) + (1 - alpha) T (p_T - q_T), times the student's weight over B, with probabilities of at most 1. */
    private double gradientTolerance() {
        double scale = OPTIONS.alpha() + (1 - OPTIONS.alpha()) * 2 * OPTIONS.temperature();
        return probabilityError() * scale * OPTIONS.studentWeight() / batch;
    }

    /**
     * Logarithms of probabilities have the probabilities' relative error as an absolute one; the KL weighs them with probabilities that have it too, times logarithms
     * of at most twice the largest logit. The mean of B rows adds roundings of its partial sums, which both engines form in blocks, not in one chain of B.
     */
    private double lossTolerance() {
        double term = 2 * largest() + Math.log(classes);
        double scale = OPTIONS.alpha()
                + (1 - OPTIONS.alpha()) * OPTIONS.temperature() * OPTIONS.temperature() * (2 + 2 * term);
        return probabilityError() * scale + 2 * UNIT * Math.sqrt(batch) * term;
    }

    private double largest() {
        double largest = 0;
        for (float logit : logits) {
            largest = Math.max(largest, Math.abs(logit));
        }
        return largest;
    }

    @Override
    public double block() {
        long start = System.nanoTime();
        for (int i = 0; i < steps; i++) {
            replay.run();
        }
        backend.download(statistics);
        return (System.nanoTime() - start) / 1e3 / steps;
    }

    @Override
    public void close() {
        replay.close();
        arena.close();
    }
}
