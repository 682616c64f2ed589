package io.mambapkd.train.run;

import io.mambapkd.InputException;
import io.mambapkd.checkpoint.Checkpoint;
import io.mambapkd.data.Dataset;
import io.mambapkd.distill.GroupPredictions;
import io.mambapkd.model.CnnTeacher;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.train.RunListener;
import io.mambapkd.train.feed.BatchSource;
import io.mambapkd.train.feed.DataPlacement;
import io.mambapkd.train.feed.Predictor;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.step.Trainer;
import java.util.Map;

/** Trains the teacher on the labels. */
public final class TeacherStage {
    static final double BETA_2 = 0.99;
    private static final int MODEL = 0;

    private TeacherStage() {}

    /** A teacher without weights, for one batch size. */
    public static CnnTeacher create(Backend backend, RunSpec spec, Dataset dataset, int batch) {
        return new CnnTeacher(
                backend,
                spec.teacher().spec(),
                dataset.training().shape(),
                dataset.training().classes(),
                batch,
                spec.seed());
    }

    /** Trains {@code teacher} and saves it. */
    static Trainer.Result run(
            CnnTeacher teacher,
            Backend backend,
            RunSpec spec,
            Dataset dataset,
            RunFolder folder,
            DataPlacement placement,
            Predictor predictor,
            RunListener listener) {
        RunSpec.Teacher common = spec.teacher();
        teacher.parameters().initialise(spec.seed(), MODEL);
        int images = limit("teacher", common.images(), dataset, common.batch());
        int[] labels = GroupTrainer.labels(dataset.validation());
        int classes = dataset.training().classes();
        try (BatchSource batches = placement.teacherBatches(images, common.batch())) {
            Trainer.Result result = new Trainer(backend, listener)
                    .train(
                            teacher,
                            plan(spec),
                            batches,
                            () -> GroupPredictions.accuracy(
                                    predictor.logits(teacher, dataset.validation()), labels, classes));
            Checkpoint.save(folder.teacher(), teacher.parameters(), backend, Map.of("model", teacher.name()));
            return result;
        }
    }

    /** How the teacher of a run is trained. */
    public static Trainer.Plan plan(RunSpec spec) {
        RunSpec.Teacher common = spec.teacher();
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

    /** Number of training images that a section of the configuration asks for, where 0 means all. */
    public static int limit(String section, int images, Dataset dataset, int batch) {
        int available = dataset.training().size();
        int count = images == 0 ? available : Math.min(images, available);
        if (count < batch) {
            throw new InputException(section + ".batch is " + batch + " but only " + count
                    + " training images are used; set " + section + ".batch to at most " + count);
        }
        return count;
    }
}
