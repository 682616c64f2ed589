package io.mambapkd.bench.step;

import io.mambapkd.data.Dataset;
import io.mambapkd.distill.Scheme;
import io.mambapkd.model.Classifier;
import io.mambapkd.model.CnnTeacher;
import io.mambapkd.model.MambaStudent;
import io.mambapkd.ops.Backend;
import io.mambapkd.optim.LearningRateSchedule;
import io.mambapkd.train.feed.BatchSource;
import io.mambapkd.train.feed.CopyCache;
import io.mambapkd.train.feed.DataPlacement;
import io.mambapkd.train.feed.DataPlacement.Limit;
import io.mambapkd.train.feed.ResidentBatches;
import io.mambapkd.train.feed.TrainingData.Extra;
import io.mambapkd.train.run.GroupTrainer;
import io.mambapkd.train.run.TeacherStage;
import io.mambapkd.train.settings.Precisions;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.step.StepResults;
import io.mambapkd.train.step.TrainStep;
import io.mambapkd.train.step.Trainer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The training step of one model of a run, to be timed: the very steps of a training, on data that are placed as a training places them, from the model's first
 * weights on. What is not in it is what a training does between epochs.
 */
public final class StepBenchmark implements AutoCloseable {
    /** Which model of a run. */
    public enum Role {
        TEACHER,
        STUDENT
    }

    /** Settings of a run of which only steps are measured: their cost does not depend on how many images there are to draw from; making the students' copies of them does. */
    public static final List<String> FEW_COPIES = List.of("student.copies=2", "student.images=4096");

    /** No launch has more steps. */
    public static final int MOST_STEPS_PER_LAUNCH = ResidentBatches.STEPS_PER_LAUNCH;

    private final int batch;
    private final TrainStep step;
    private final StepResults results;
    private final Deque<Runnable> opened;

    private StepBenchmark(int batch, TrainStep step, Deque<Runnable> opened) {
        this.batch = batch;
        this.step = step;
        this.results = new StepResults(step.stepsPerLaunch());
        this.opened = opened;
    }

    /** The step of a model with its data where they fit. Arguments as below. */
    public static StepBenchmark of(Role role, int index, RunSpec spec, Dataset dataset, Backend backend, int steps) {
        return of(role, index, spec, dataset, backend, steps, Limit.DEVICE);
    }

    /**
     * Prepares the step of a model. For a student the copies of the training images, and an untrained teacher's logits on them, are made first.
     *
     * @param role teacher or student
     * @param index which student of the run, from 0; the teacher is 0
     * @param steps most that will be launched
     * @param limit of the device's memory for data
     * @throws io.mambapkd.InputException if the settings do not fit the data, or the backend lacks their precision
     */
    public static StepBenchmark of(
            Role role, int index, RunSpec spec, Dataset dataset, Backend backend, int steps, Limit limit) {
        Precisions.require(spec, backend);
        Deque<Runnable> opened = new ArrayDeque<>();
        try {
            DataPlacement placement = new DataPlacement(backend, spec, dataset, Quiet.LISTENER, limit);
            CnnTeacher teacher = TeacherStage.create(backend, spec, dataset);
            opened.push(teacher::close);
            teacher.parameters().initialise(spec.seed(), 0);
            if (role == Role.TEACHER) {
                int batch = spec.teacher().batch();
                BatchSource batches = placement.teacherBatches();
                opened.push(batches::close);
                return started(backend, teacher, batches, TeacherStage.plan(spec), batch, steps, opened);
            }
            int batch = spec.students().get(index).batch(spec.student());
            CopyCache cache = placement.copies(teacher);
            opened.push(cache::close);
            cache.clearGroup();
            List<GroupTrainer.StudentTraining> entries =
                    GroupTrainer.trainings(spec, spec.student().mixer(), 1);
            GroupTrainer.StudentTraining entry = entries.get(index);
            Scheme scheme = spec.student().scheme();
            MambaStudent student = GroupTrainer.student(backend, spec, dataset, entry);
            opened.push(student::close);
            Set<Extra> extras = GroupTrainer.extras(scheme, index, entry);
            // Without the weights of boosting, which come from the students before: those are not trained here.
            float[] weights = spec.classWeights().of(dataset.training().labels(), cache.samples());
            BatchSource batches = cache.batches(extras, weights, batch, entry.model());
            opened.push(batches::close);
            Trainer.Plan plan = GroupTrainer.plan(spec, "", scheme, entry, index);
            return started(backend, student, batches, plan, batch, steps, opened);
        } catch (RuntimeException | Error failure) {
            closeAll(opened, failure);
            throw failure;
        }
    }

    private static StepBenchmark started(
            Backend backend,
            Classifier model,
            BatchSource batches,
            Trainer.Plan plan,
            int batch,
            int steps,
            Deque<Runnable> opened) {
        LearningRateSchedule schedule = LearningRateSchedule.oneCycle(plan.learningRate(), steps, plan.warmup());
        TrainStep step = new TrainStep(backend, model, batches, plan, 0, steps, schedule::at);
        opened.push(step::close);
        return new StepBenchmark(batch, step, opened);
    }

    /** Images of a step. */
    public int batch() {
        return batch;
    }

    /** Steps of a launch: what a training launches at once. */
    public int stepsPerLaunch() {
        return step.stepsPerLaunch();
    }

    /** Nodes of the CUDA graph of a launch; 0 before the second launch, and where steps are not replayed. */
    public long nodesPerLaunch() {
        return step.nodesPerLaunch();
    }

    /** True if another launch may follow before the oldest is awaited. */
    public boolean hasRoom() {
        return step.hasRoom();
    }

    /** Launches the next steps, and waits for none of them. */
    public void launch() {
        step.launch(step.stepsPerLaunch());
    }

    /** True if there is a launch that was not awaited. */
    public boolean isAhead() {
        return step.isAhead();
    }

    /**
     * Waits for the oldest launch and reads what its steps came to, as a training does.
     *
     * @return the mean loss of its last step
     */
    public float await() {
        step.read(results);
        return results.loss(results.count() - 1);
    }

    @Override
    public void close() {
        closeAll(opened, null);
    }

    /** Closes what was opened, the newest first, all of it even if one cannot be closed. */
    private static void closeAll(Deque<Runnable> opened, @Nullable Throwable failure) {
        RuntimeException first = null;
        while (!opened.isEmpty()) {
            try {
                opened.pop().run();
            } catch (RuntimeException later) {
                if (failure != null) {
                    failure.addSuppressed(later);
                } else if (first != null) {
                    first.addSuppressed(later);
                } else {
                    first = later;
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
