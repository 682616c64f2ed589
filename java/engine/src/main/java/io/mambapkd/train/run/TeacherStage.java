package io.mambapkd.train.run;

import io.mambapkd.checkpoint.Checkpoint;
import io.mambapkd.data.Dataset;
import io.mambapkd.model.CnnTeacher;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.train.feed.BatchSource;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.step.Trainer;
import java.util.Map;

/** Trains the teacher on the labels. */
public final class TeacherStage {
    static final double BETA_2 = 0.99;
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

    /** Trains {@code teacher} and saves it. */
    static Trainer.Result run(CnnTeacher teacher, RunContext context) {
        RunSpec spec = context.spec();
        teacher.parameters().initialise(spec.seed(), MODEL);
        try (BatchSource batches = context.placement().teacherBatches()) {
            Trainer.Result result = new Trainer(context.backend(), context.listener())
                    .train(
                            teacher,
                            plan(spec),
                            batches,
                            () -> context.accuracy(teacher, context.dataset().validation()));
            Checkpoint.save(
                    context.folder().teacher(),
                    teacher.parameters(),
                    context.backend(),
                    Map.of("model", teacher.name()));
            return result;
        }
    }

    /** How the teacher of a run is trained. */
    public static Trainer.Plan plan(RunSpec spec) {
        RunSpec.TeacherSettings common = spec.teacher();
        return new Trainer.Plan(
                "teacher",
                common.epochs(),
                common.learningRate(),
                common.warmup(),
                BETA_2,
                common.weightDecay(),
                Double.POSITIVE_INFINITY,
                DistillationLossOps.Options.crossEntropy(common.labelSmoothing()));
    }
}
