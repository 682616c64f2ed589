package io.mambapkd.train.plan;

import io.mambapkd.config.Setting;
import io.mambapkd.data.Dataset;
import io.mambapkd.data.ImageSet;
import io.mambapkd.model.Classifier;
import io.mambapkd.model.CnnTeacher;
import io.mambapkd.model.Flops;
import io.mambapkd.model.MambaStudent;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.ops.Backend;
import io.mambapkd.results.EpochRecord;
import io.mambapkd.train.RunListener;
import io.mambapkd.train.feed.BatchSource;
import io.mambapkd.train.feed.CopyCache;
import io.mambapkd.train.feed.DataPlacement;
import io.mambapkd.train.feed.Predictor;
import io.mambapkd.train.feed.TrainingData.Extra;
import io.mambapkd.train.run.Controls;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.run.GroupTrainer;
import io.mambapkd.train.run.GroupTrainer.StudentTraining;
import io.mambapkd.train.run.RunContext;
import io.mambapkd.train.run.TeacherStage;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.RunSpecYaml;
import io.mambapkd.train.settings.StudentSettings;
import io.mambapkd.train.settings.TrainingSteps;
import io.mambapkd.train.step.StepResults;
import io.mambapkd.train.step.TrainStep;
import io.mambapkd.train.step.Trainer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * How long a run will take, from some of its own steps: those of the teacher and of each student, the caching of some copies, and some images evaluated,
 * all on the run's device and data, with untrained models. What is estimated is their number times the time of one.
 */
final class TimePlan {
    /** Long enough that the virtual machine has compiled what repeats. */
    private static final long BUDGET_NANOS = 500_000_000;

    private static final long MOST_NANOS = 4_000_000_000L;
    private static final int LEAST_LAUNCHES = 12;
    private static final int MOST_LAUNCHES = 400;
    private static final int FORWARD_TRIALS = 6;
    private static final int SAMPLES = 512;

    /** Hears everything and says nothing. */
    private record Quiet(BooleanSupplier stop) implements RunListener {
        @Override
        public void stageStarted(String stage) {}

        @Override
        public void progress(
                String stage, long done, long total, double loss, double accuracy, double imagesPerSecond) {}

        @Override
        public void epochFinished(EpochRecord epoch) {}

        @Override
        public void note(String sentence) {}

        @Override
        public boolean stopRequested() {
            return stop.getAsBoolean();
        }
    }

    private final RunSpec spec;
    private final RunSpec small;
    private final Dataset dataset;
    private final Extent extent;
    private final Backend backend;
    private final RunListener listener;
    private final ImageSet some;

    private TimePlan(RunSpec spec, Dataset dataset, Extent extent, Backend backend, BooleanSupplier stopRequested) {
        listener = new Quiet(stopRequested);
        this.spec = spec;
        this.dataset = dataset;
        this.extent = extent;
        this.backend = backend;
        int images = Math.min(
                TrainingSteps.studentImages(spec, dataset.training().size()), Math.max(SAMPLES, largestBatch(spec)));
        small = RunSpecYaml.changed(
                spec,
                List.of(
                        Setting.plain("plan", "student.images", Integer.toString(images)),
                        Setting.plain(
                                "plan",
                                "student.copies",
                                Integer.toString(Math.min(2, spec.student().copies())))));
        some = dataset.validation()
                .range(0, Math.min(SAMPLES, dataset.validation().size()));
    }

    private static int largestBatch(RunSpec spec) {
        return spec.students().stream()
                .mapToInt(student -> student.batch(spec.student()))
                .max()
                .orElseThrow();
    }

    /** Times the steps; takes a few seconds at most. */
    static RunTimes measure(
            RunSpec spec, Dataset dataset, Extent extent, Backend backend, BooleanSupplier stopRequested) {
        return new TimePlan(spec, dataset, extent, backend, stopRequested).measure();
    }

    private RunTimes measure() {
        int validation = dataset.validation().size();
        int test = DataSize.of(dataset).evaluated(spec.testImages());
        DataPlacement placement = new DataPlacement(backend, small, dataset, listener);
        try (CnnTeacher teacher = TeacherStage.create(backend, spec, dataset)) {
            teacher.parameters().initialise(spec.seed(), 0);
            TrainingSteps steps = TrainingSteps.teacher(spec, dataset.training().size());
            double step;
            try (BatchSource batches = placement.teacherBatches()) {
                step = step(teacher, batches, TeacherStage.plan(spec));
            }
            Forward forward = forward(teacher);
            // The statistics of the batch norms are recomputed from as many images as are evaluated for the fit.
            double training =
                    steps.total() * step + steps.epochs() * forward.seconds(validation) + forward.seconds(fitted());
            if (extent == Extent.TEACHER_ONLY) {
                return new RunTimes(training, 0, List.of(), evaluation(forward, validation, test), 0);
            }
            long start = System.nanoTime();
            placement.copies(teacher).close();
            if (System.nanoTime() - start < BUDGET_NANOS) {
                // The first time a part of the code was not compiled yet.
                start = System.nanoTime();
                placement.copies(teacher).close();
            }
            double copying = (System.nanoTime() - start)
                    / 1e9
                    / ((double) small.student().images() * small.student().copies());
            try (CopyCache cache = placement.copies(teacher)) {
                return students(cache, training, copying, forward, test);
            }
        }
    }

    private RunTimes students(CopyCache cache, double training, double copying, Forward teacher, int test) {
        cache.clearGroup();
        int available = dataset.training().size();
        int validation = dataset.validation().size();
        int copies = spec.student().copies();
        List<StudentTraining> trainings =
                GroupTrainer.trainings(spec, spec.student().mixer(), 1);
        List<Double> times = new ArrayList<>();
        double evaluation = evaluation(teacher, validation, test);
        for (int i = 0; i < trainings.size(); i++) {
            StudentTime time = student(cache, trainings.get(i), i);
            TrainingSteps steps = TrainingSteps.student(spec, i, available);
            boolean last = i == trainings.size() - 1;
            Forward forward = time.forward();
            times.add(steps.total() * time.step()
                    + (steps.epochs() + 1) * forward.seconds(validation)
                    + (last ? 0 : copies * forward.seconds(steps.images())));
            evaluation += forward.seconds(validation) + forward.seconds(test) + forward.seconds(fitted());
        }
        double controls = 0;
        if (extent == Extent.GROUP_AND_CONTROLS) {
            // The groups without scan, and without scan and convolution, are taken to be as slow as the one with both.
            TrainingSteps steps = TrainingSteps.student(spec, trainings.size() - 1, available);
            double group = times.stream().mapToDouble(Double::doubleValue).sum() + evaluation;
            controls = 2 * group + single(cache, steps, validation, test) + cnn(cache, steps, validation, test);
        }
        double caching = (double) copies * TrainingSteps.studentImages(spec, available) * copying;
        return new RunTimes(training, caching, times, evaluation, controls);
    }

    /** The teacher on the test images, on those of the training, and on views of the first and of the validation images where it has any. */
    private double evaluation(Forward teacher, int validation, int test) {
        int views = spec.teacher().views();
        double viewed = views == 1 ? 0 : views * (teacher.seconds(validation) + teacher.seconds(test));
        return teacher.seconds(test) + teacher.seconds(fitted()) + viewed;
    }

    /** Training images that the finished models are evaluated on. */
    private int fitted() {
        return Math.min(RunContext.FIT_IMAGES, dataset.training().size());
    }

    /**
     * The time of a batch whose logits alone are asked for; one that is not full takes as long.
     *
     * @param batch its images
     * @param time of it, in seconds
     */
    private record Forward(int batch, double time) {
        double seconds(int images) {
            int batches = (images + batch - 1) / batch;
            return batches * time;
        }
    }

    private record StudentTime(double step, Forward forward) {}

    private StudentTime student(CopyCache cache, StudentTraining training, int index) {
        Set<Extra> extras = GroupTrainer.extras(spec.student().scheme(), index, training);
        // The weights of boosting come from the students before, which are not trained here.
        extras.remove(Extra.WEIGHTS);
        Trainer.Plan plan = GroupTrainer.plan(spec, "", spec.student().scheme(), training, index);
        try (MambaStudent student = GroupTrainer.student(backend, spec, dataset, training);
                BatchSource batches = cache.batches(extras, null, training.batch(), training.model())) {
            return new StudentTime(step(student, batches, plan), forward(student));
        }
    }

    private long groupFlops() {
        ImageSet images = dataset.training();
        return Flops.group(spec.models(), images.shape(), images.classes());
    }

    private double single(CopyCache cache, TrainingSteps steps, int validation, int test) {
        StudentSettings last = spec.students().get(spec.students().size() - 1);
        StudentSpec student = Controls.singleStudent(
                spec.models().get(spec.models().size() - 1),
                dataset.training().shape(),
                dataset.training().classes(),
                groupFlops());
        StudentTime time =
                student(cache, new StudentTraining(student, last.learningRate(), steps.epochs(), steps.batch(), 1), 0);
        return steps.total() * time.step()
                + (steps.epochs() + 2) * time.forward().seconds(validation)
                + time.forward().seconds(test);
    }

    private double cnn(CopyCache cache, TrainingSteps steps, int validation, int test) {
        ImageSet images = dataset.training();
        try (CnnTeacher cnn = new CnnTeacher(
                        backend,
                        Controls.plainCnn(spec.teacher().spec(), images.shape(), images.classes(), groupFlops()),
                        images.shape(),
                        images.classes(),
                        steps.batch(),
                        spec.seed());
                BatchSource batches = cache.batches(Set.of(Extra.TEACHER), null, steps.batch(), 1)) {
            cnn.parameters().initialise(spec.seed(), 1);
            double step = step(cnn, batches, TeacherStage.plan(spec));
            Forward forward = forward(cnn);
            return steps.total() * step + steps.epochs() * forward.seconds(validation) + forward.seconds(test);
        }
    }

    /** Seconds of a step, with its batch. */
    private double step(Classifier model, BatchSource batches, Trainer.Plan plan) {
        int perLaunch = batches.stepsPerLaunch();
        double[] seconds = new double[MOST_LAUNCHES];
        int launches = 0;
        try (TrainStep step = new TrainStep(
                backend, model, batches, plan, 0, MOST_LAUNCHES * perLaunch, at -> plan.learningRate() / 20)) {
            StepResults results = new StepResults(step.stepsPerLaunch());
            long start = System.nanoTime();
            long spent = 0;
            while (launches < MOST_LAUNCHES
                    && (spent < BUDGET_NANOS || launches < LEAST_LAUNCHES)
                    && (spent < MOST_NANOS || launches < 1)) {
                listener.stopIfAsked("timing " + plan.stage());
                long before = System.nanoTime();
                step.launch(step.stepsPerLaunch());
                step.read(results);
                seconds[launches] = (System.nanoTime() - before) / 1e9 / perLaunch;
                launches++;
                spent = System.nanoTime() - start;
            }
        }
        return settled(Arrays.copyOf(seconds, launches));
    }

    private Forward forward(Classifier model) {
        // What a group would say takes no other time than zeros.
        float[] group = new float[some.size() * some.classes()];
        Predictor predictor = new Predictor(backend, dataset, listener);
        int batch = model.logits().shape().extent(0);
        int batches = (some.size() + batch - 1) / batch;
        double[] seconds = new double[FORWARD_TRIALS];
        for (int i = 0; i < seconds.length; i++) {
            long before = System.nanoTime();
            predictor.logits(model, some, group);
            seconds[i] = (System.nanoTime() - before) / 1e9 / batches;
        }
        return new Forward(batch, settled(seconds));
    }

    /** The lower quartile of the second half: the first is slower, as it was not compiled yet, and so is what another program held up. */
    private static double settled(double[] seconds) {
        double[] late = Arrays.copyOfRange(seconds, seconds.length / 2, seconds.length);
        Arrays.sort(late);
        return late[late.length / 4];
    }
}
