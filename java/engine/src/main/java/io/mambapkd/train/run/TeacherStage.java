package io.mambapkd.train.run;

import io.mambapkd.checkpoint.Checkpoint;
import io.mambapkd.data.Dataset;
import io.mambapkd.data.Gather;
import io.mambapkd.data.ImageSet;
import io.mambapkd.model.CnnTeacher;
import io.mambapkd.model.Whitening;
import io.mambapkd.nn.WhiteningConv;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.optim.Nesterov;
import io.mambapkd.optim.ScheduleKind;
import io.mambapkd.results.MetricsLine;
import io.mambapkd.storage.LineLog;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.train.feed.BatchSource;
import io.mambapkd.train.identity.ModelFiles;
import io.mambapkd.train.identity.RunIdentity;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.TeacherSettings;
import io.mambapkd.train.step.Trainer;
import org.jspecify.annotations.Nullable;

/** Trains the teacher on the labels. */
public final class TeacherStage {
    static final double BETA_2 = 0.99;
    static final String STAGE = "teacher";
    private static final int MODEL = 0;

    private TeacherStage() {}

    /** A teacher without weights. */
    public static CnnTeacher create(Backend backend, RunSpec spec, Dataset dataset) {
        return new CnnTeacher(
                backend,
                spec.teacher().spec(),
                dataset.training().shape(),
                dataset.training().classes(),
                spec.teacher().batch(),
                spec.seed());
    }

    /** Trains {@code teacher} and saves it; loads it where it is finished. */
    static Trainer.Result run(CnnTeacher teacher, RunContext context, EpochLog log) {
        RunSpec spec = context.spec();
        if (context.parts().teacher()) {
            Checkpoint.load(
                    context.folder().teacher(), teacher.parameters(), context.backend(), context.listener()::note);
            return log.finished(
                    STAGE, () -> context.accuracy(teacher, context.dataset().validation()));
        }
        teacher.parameters().initialise(spec.seed(), MODEL);
        teacher.whitening().ifPresent(layer -> whiten(layer, context));
        try (BatchSource batches = context.placement().teacherBatches()) {
            Trainer.Result result = context.trainer()
                    .train(
                            teacher,
                            plan(spec),
                            batches,
                            () -> context.accuracy(teacher, context.dataset().validation()));
            context.models().saveTeacher(teacher.parameters());
            context.saves().stageFinished();
            return result;
        }
    }

    /** Makes the kernels of a teacher's first layer from training images as it sees them, without augmentation. */
    private static void whiten(WhiteningConv layer, RunContext context) {
        ImageSet all = context.dataset().training();
        int asked = context.spec().teacher().images();
        int images = Math.min(Whitening.IMAGES, asked == 0 ? all.size() : Math.min(asked, all.size()));
        Gather gather = new Gather(context.dataset());
        Whitening whitening = new Whitening(all.shape());
        int[] one = new int[1];
        float[] pixels = new float[all.shape().elements()];
        for (int image = 0; image < images; image++) {
            context.listener().stopIfAsked("whitening images");
            one[0] = image;
            gather.images(all, one, 0, 1, pixels);
            whitening.add(pixels, 1);
        }
        context.backend().upload(whitening.kernels(), layer.weight());
    }

    /**
     * Puts the teacher of another run, with its epochs, into the folder of a run that has just begun.
     *
     * @param from the other run's folder
     * @param to the new run's
     * @param origin id of the run that trained it
     */
    public static void takeOver(
            Backend backend,
            RunSpec spec,
            Dataset dataset,
            RunFolder from,
            RunFolder to,
            RunIdentity identity,
            String origin) {
        try (CnnTeacher teacher = create(backend, spec, dataset)) {
            Checkpoint.load(from.teacher(), teacher.parameters(), backend);
            new ModelFiles(to, identity, backend).saveTeacher(teacher.parameters(), origin);
        }
        try (LineLog metrics = LineLog.open(to.metrics())) {
            new MetricsHistory(from)
                    .of(STAGE::equals).stream().map(MetricsLine::write).forEach(metrics::append);
        }
    }

    /** How the teacher of a run is trained. */
    public static Trainer.Plan plan(RunSpec spec) {
        TeacherSettings settings = spec.teacher();
        return new Trainer.Plan(
                STAGE,
                settings.epochs().doubleValue(),
                settings.learningRate(),
                ScheduleKind.ONECYCLE,
                settings.warmup(),
                BETA_2,
                settings.weightDecay(),
                descent(settings),
                settings.average() == TeacherSettings.Average.LOOKAHEAD,
                Double.POSITIVE_INFINITY,
                DistillationLossOps.Options.crossEntropy(settings.labelSmoothing()));
    }

    private static Trainer.@Nullable Descent descent(TeacherSettings settings) {
        return switch (settings.optimizer()) {
            case ADAMW -> null;
            case SGD ->
                new Trainer.Descent(
                        new Nesterov.Options(
                                settings.rateUnit(), settings.momentum(), settings.weightDecay(), settings.biasScale()),
                        settings.startRate(),
                        settings.endRate(),
                        settings.whiteningBiasEpochs());
        };
    }
}
