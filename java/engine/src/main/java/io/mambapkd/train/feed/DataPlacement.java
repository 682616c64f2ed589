package io.mambapkd.train.feed;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.data.AugmentedCopies;
import io.mambapkd.data.Dataset;
import io.mambapkd.data.Gather;
import io.mambapkd.data.ImageSet;
import io.mambapkd.data.SampleOrder;
import io.mambapkd.image.Augmentation;
import io.mambapkd.image.Normalisation;
import io.mambapkd.model.Classifier;
import io.mambapkd.ops.Backend;
import io.mambapkd.random.Purpose;
import io.mambapkd.train.RunListener;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.TrainingSteps;

/** Where training data are kept: in the device's memory where they fit, else in the host's, from where batches are brought one by one. */
public final class DataPlacement {
    private static final double MEBIBYTE = 1 << 20;

    private final Backend backend;
    private final RunSpec spec;
    private final Dataset dataset;
    private final Gather gather;
    private final Normalisation normalisation;
    private final RunListener listener;
    private final Limit limit;

    /** How much of the device's memory data may take. */
    public enum Limit {
        /** What the device has room for. */
        DEVICE,
        /** Nothing: data are brought batch by batch, as where they do not fit. To measure what that costs. */
        NONE
    }

    public DataPlacement(Backend backend, RunSpec spec, Dataset dataset, RunListener listener) {
        this(backend, spec, dataset, listener, Limit.DEVICE);
    }

    public DataPlacement(Backend backend, RunSpec spec, Dataset dataset, RunListener listener, Limit limit) {
        this.limit = limit;
        this.backend = backend;
        this.spec = spec;
        this.dataset = dataset;
        this.gather = new Gather(dataset);
        this.normalisation = dataset.normalisation();
        this.listener = listener;
    }

    /**
     * The training images of the teacher, each augmented on the fly, in another order every epoch.
     *
     * @throws InputException if they are fewer than a batch
     */
    public BatchSource teacherBatches() {
        int batch = spec.teacher().batch();
        int samples = images(TrainingSteps.teacher(spec, dataset.training().size()));
        ImageSet training = dataset.training();
        SampleOrder order = new SampleOrder(spec.seed(), samples, batch);
        float[] weights = spec.classWeights().of(training.labels(), samples);
        long ofWeights = weights == null ? 0 : (long) Float.BYTES * samples;
        if (fits("the training images", plus(ResidentImages.bytes(training, samples, 1), ofWeights))) {
            return new ResidentTeacherBatches(
                    backend,
                    new ResidentImages(backend, training, samples, 1),
                    training.shape(),
                    new ResidentOrder(backend, order, 1, 0),
                    spec.augmentation().spec(),
                    spec.seed(),
                    normalisation,
                    weights);
        }
        Augmentation augmentation = new Augmentation(spec.augmentation().spec(), spec.seed(), Purpose.AUGMENTATION);
        return new StreamedBatches(backend, new TeacherData(training, order, augmentation, gather, weights));
    }

    /**
     * Makes the cached copies of the training images of the students, and runs the teacher on all of them.
     *
     * @throws InputException if the images are fewer than a batch
     */
    public CopyCache copies(Classifier teacher) {
        int available = dataset.training().size();
        for (int i = 0; i < spec.students().size(); i++) {
            images(TrainingSteps.student(spec, i, available));
        }
        int samples = TrainingSteps.studentImages(spec, available);
        int copies = spec.student().copies();
        ImageSet training = dataset.training();
        if (fits(
                "the cached copies",
                ResidentCopies.bytes(
                        training, samples, copies, spec.augmentation().spec()))) {
            return new ResidentCopies(
                    backend,
                    training,
                    samples,
                    copies,
                    spec.augmentation().spec(),
                    spec.seed(),
                    normalisation,
                    teacher,
                    listener);
        }
        return new HostCopies(
                backend,
                new AugmentedCopies(
                        training, samples, copies, spec.augmentation().spec(), spec.seed()),
                gather,
                new Predictor(backend, dataset, listener),
                spec.seed(),
                teacher,
                new CachingProgress(listener, copies, samples));
    }

    /** Number of training images that are used. */
    private static int images(TrainingSteps steps) {
        steps.problem().ifPresent(problem -> {
            throw new InputException(new Problem(problem.text(), "use --set " + problem.remedy()));
        });
        return steps.images();
    }

    private static long plus(long bytes, long more) {
        return bytes > Long.MAX_VALUE - more ? Long.MAX_VALUE : bytes + more;
    }

    private boolean fits(String what, long bytes) {
        long room = limit == Limit.NONE ? 0 : backend.roomForData();
        if (room > 0 && bytes > room) {
            listener.note(String.format(
                    java.util.Locale.ROOT,
                    "%s take %s, more than the %.0f MiB that the device has for data, so they are kept in the host's"
                            + " memory and brought batch by batch",
                    what,
                    bytes == Long.MAX_VALUE
                            ? "more values than a tensor holds"
                            : String.format(java.util.Locale.ROOT, "%.0f MiB", bytes / MEBIBYTE),
                    room / MEBIBYTE));
        }
        return bytes <= room;
    }
}
