package io.mambapkd.train.step;

import io.mambapkd.model.Classifier;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.Parameters;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.GradientAssembly;
import io.mambapkd.ops.OptimizerOps;
import io.mambapkd.ops.Readback;
import io.mambapkd.ops.Replay;
import io.mambapkd.optim.AdamW;
import io.mambapkd.optim.Lookahead;
import io.mambapkd.optim.Nesterov;
import io.mambapkd.optim.Optimizer;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import io.mambapkd.train.feed.BatchInputs;
import io.mambapkd.train.feed.BatchSource;
import io.mambapkd.train.feed.TrainingData;
import io.mambapkd.train.settings.TrainingSteps;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * One optimizer step of one model: gather a batch, forward, loss, backward, clip, update. All memory is planned in the constructor, and everything that
 * changes from step to step lies on the device, so that steps are launched ahead, several at once where the batches allow it, and read later.
 *
 * <p>From the first step on whose loss or gradient is not finite no update happens any more: the parameters stay those that gave it.
 */
public final class TrainStep implements AutoCloseable {
    /** Launches that may be on their way: one runs while the next is prepared. */
    private static final int LAUNCHES = 2;

    private final Backend backend;
    private final Classifier model;
    private final BatchSource source;
    private final Trainer.Plan plan;
    private final DistillationLossOps.Inputs inputs;
    private final Optimizer optimizer;
    private final @Nullable Lookahead average;
    private final Arena arena;
    private final Tensor statistics;
    private final Tensor norm;
    private final Tensor factor;
    private final Tensor halted;
    private final OptimizerOps.Books books;
    private final GradientAssembly gradients;
    private final Readback readback;
    private final Replay one;
    private final Replay several;
    private final int stepsPerLaunch;
    private final int[] launched = new int[LAUNCHES];
    private long next;
    private long read;
    private int launches;
    private int launchesRead;

    /**
     * @param source of the batches; not closed here
     * @param firstStep that is taken: 0, or more for a training that goes on, whose {@link #state} the caller restores
     * @param totalSteps of the training
     * @param learningRate of step k, from 0
     */
    public TrainStep(
            Backend backend,
            Classifier model,
            BatchSource source,
            Trainer.Plan plan,
            int firstStep,
            int totalSteps,
            IntToDoubleFunction learningRate) {
        this.backend = backend;
        this.next = firstStep;
        this.read = firstStep;
        this.model = model;
        this.source = source;
        this.plan = plan;
        Parameters parameters = model.parameters();
        optimizer = optimizer(totalSteps, learningRate);
        average = plan.averages() ? new Lookahead(backend, parameters, totalSteps) : null;
        gradients = backend.assembly(parameters.flatGradients(0, parameters.flatElements()));
        stepsPerLaunch = source.stepsPerLaunch();
        arena = backend.newArena(model.name() + " step");
        Shape logits = model.logits().shape();
        int batch = logits.extent(0);
        BatchInputs batchInputs = new BatchInputs(
                model.step(),
                model.images(),
                arena.allocate("labels", DType.I32, Shape.of(batch)),
                extra(TrainingData.Extra.TEACHER, "teacher", logits),
                ensemble(logits),
                extra(TrainingData.Extra.WEIGHTS, "weights", Shape.of(batch)));
        statistics = arena.allocate("statistics", DistillationLossOps.STATISTICS);
        norm = arena.allocate("norm", 1);
        factor = arena.allocate("factor", 1);
        halted = arena.allocate("halted", DType.I32, Shape.of(1));
        Tensor journal = arena.allocate("journal", stepsPerLaunch, StepResults.COLUMNS);
        arena.seal(batch);
        books = new OptimizerOps.Books(statistics, model.step(), halted, journal);
        inputs = new DistillationLossOps.Inputs(
                model.logits(),
                batchInputs.ensemble(),
                batchInputs.teacher(),
                batchInputs.labels(),
                batchInputs.weights(),
                batch);
        source.bind(batchInputs, firstStep, totalSteps);
        backend.upload(new int[] {firstStep}, model.step());
        backend.upload(new int[] {-1}, halted);
        readback = backend.readback(journal, LAUNCHES);
        one = backend.replay(this::step);
        several = backend.replay(() -> {
            for (int i = 0; i < stepsPerLaunch; i++) {
                step();
            }
        });
    }

    private Optimizer optimizer(int totalSteps, IntToDoubleFunction learningRate) {
        Parameters parameters = model.parameters();
        Trainer.Descent descent = plan.descent();
        if (descent == null) {
            return new AdamW(backend, parameters, 0.9, plan.beta2(), plan.weightDecay(), totalSteps, learningRate);
        }
        return new Nesterov(
                backend,
                parameters,
                descent.options(),
                model.logits().shape().extent(0),
                totalSteps,
                TrainingSteps.total(source.stepsPerEpoch(), descent.inputBiasEpochs()),
                plan.learningRate(),
                learningRate);
    }

    private @Nullable Tensor extra(TrainingData.Extra extra, String name, Shape shape) {
        return source.has(extra) ? arena.allocate(name, DType.F32, shape) : null;
    }

    /** The group's logits: those that the model reads, where it does. */
    private @Nullable Tensor ensemble(Shape logits) {
        Optional<Tensor> read = model.groupLogits();
        if (read.isPresent() && !source.has(TrainingData.Extra.ENSEMBLE)) {
            throw new IllegalArgumentException(
                    model.name() + " reads the logits of a group, and the batches have none");
        }
        return read.orElseGet(() -> extra(TrainingData.Extra.ENSEMBLE, "ensemble", logits));
    }

    /** Most steps of a launch. */
    public int stepsPerLaunch() {
        return stepsPerLaunch;
    }

    /** Nodes of the CUDA graph of a launch of {@link #stepsPerLaunch} steps; 0 before the second such launch, and where there are no graphs. */
    public long nodesPerLaunch() {
        return several.nodes();
    }

    /** True if another launch may follow before the oldest is read. */
    public boolean hasRoom() {
        return launches - launchesRead < LAUNCHES;
    }

    /** True if there are steps that were launched and not read. */
    public boolean isAhead() {
        return launches > launchesRead;
    }

    /** Everything that changes from step to step and that the next step depends on, by name; the number of the step is not among it. */
    Map<String, Tensor> state() {
        Parameters parameters = model.parameters();
        Map<String, Tensor> state = new TreeMap<>(optimizer.state());
        state.put("parameters", parameters.flatValues(0, parameters.flatElements()));
        parameters.flatBuffers().ifPresent(buffers -> state.put("buffers", buffers));
        if (average != null) {
            state.putAll(average.state());
        }
        return state;
    }

    /** Steps that were taken and read, those before the first among them. */
    long taken() {
        return read;
    }

    /** Launches the next {@code steps} steps, at most {@link #stepsPerLaunch}, and waits for none of them. */
    public void launch(int steps) {
        source.prepare(next);
        if (steps == stepsPerLaunch) {
            several.run();
        } else {
            for (int i = 0; i < steps; i++) {
                one.run();
            }
        }
        readback.request();
        launched[launches % LAUNCHES] = steps;
        launches++;
        next += steps;
    }

    /** Waits for the steps of the oldest launch that was not read, and tells what they came to. */
    public void read(StepResults results) {
        readback.take(results.journal);
        int steps = launched[launchesRead % LAUNCHES];
        results.are(read, steps);
        launchesRead++;
        read += steps;
    }

    private void step() {
        differentiate(books);
        // The books have counted the step, so its number is now from 1, as the update wants it.
        optimizer.update(model.step(), factor, halted);
        if (average != null) {
            average.update(model.step(), halted);
        }
    }

    /** From the number of the step to the gradient and the factor that clips it. */
    private void differentiate(OptimizerOps.@Nullable Books kept) {
        source.gather();
        gradients.begin();
        model.differentiate(backend, plan.loss(), inputs, statistics);
        // Without a limit too: the norm tells whether the gradient is finite.
        gradients.end(plan.clip(), norm, factor, kept);
    }

    /**
     * Gives the model's batch norms the statistics of training batches under the weights of now. The average that is kept while training still holds those of
     * earlier weights, and after few steps those of the first. What a training step would see is gathered again, without an update.
     *
     * @param firstStep of the batches
     * @param batches how many, one after the other
     * @param stopIfAsked called before each; what it throws ends the work, which can be done again
     */
    void recomputeStatistics(long firstStep, int batches, Runnable stopIfAsked) {
        BatchStatistics batchStatistics = new BatchStatistics(backend, model.batchNorms());
        for (long step = firstStep; step < firstStep + batches; step++) {
            stopIfAsked.run();
            backend.upload(new int[] {(int) step}, model.step());
            source.prepare(step);
            source.gather();
            model.forward(Mode.TRAINING);
            batchStatistics.add();
        }
        batchStatistics.set();
    }

    /** Does a step again, without its update, and names the first tensor that is not finite on its way; null if all are. */
    @Nullable
    String firstNotFinite(long step) {
        backend.upload(new int[] {(int) step}, model.step());
        source.prepare(step);
        differentiate(null);
        return new NotFinite(backend).first(model, inputs, statistics);
    }

    @Override
    public void close() {
        several.close();
        one.close();
        gradients.close();
        readback.close();
        optimizer.close();
        if (average != null) {
            average.close();
        }
        arena.close();
    }
}
