package io.mambapkd.train.plan;

import io.mambapkd.distill.Scheme;
import io.mambapkd.model.Flops;
import io.mambapkd.model.StemSpec;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.model.TeacherSpec;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Shape;
import io.mambapkd.train.run.Controls;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.run.RunContext;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.TrainingSteps;
import java.util.List;
import java.util.Optional;

/**
 * Counts the memory of a run from its settings and the size of its data: what lives at once in each stage. Tensors are counted exactly, by planning the
 * models; arrays of the host by the formulas of the classes that make them.
 */
final class MemoryPlan {
    /** The program, its libraries, and what is made and dropped on the way. */
    private static final long PROGRAM = 20L << 20;
    /** The virtual machine outside of its heap: classes, compiled code, threads, the collector. */
    private static final long VIRTUAL_MACHINE = 160L << 20;
    /** OpenBLAS keeps a buffer of its own for each thread that calls it. */
    private static final long BLAS_BUFFER = 32L << 20;
    /** A collector with generations cannot fill them to the last byte. */
    private static final double SPARE = 1.06;
    /** Of what is planned ahead for each step, at most: SGD's four learning rates and the share of an average. */
    private static final long STEP_BYTES = 20;

    private final RunSpec spec;
    private final DataSize data;
    private final Extent extent;
    private final Backend backend;
    private final int threads;
    private final boolean onHeap;
    private final long classes;
    private final long elements;

    private long workspaceHeap;
    private long workspaceNative;
    private long heap;
    private String stage = "";
    private long device;
    private String deviceStage = "";

    private MemoryPlan(RunSpec spec, DataSize data, Extent extent, Backend backend, int threads) {
        this.spec = spec;
        this.data = data;
        this.extent = extent;
        this.backend = backend;
        this.threads = threads;
        onHeap = backend.freeDeviceBytes().isEmpty();
        classes = data.classes();
        elements = data.image().elements();
    }

    /**
     * The memory that a run needs.
     *
     * @return nothing where a tensor would have more values than any machine can count in it
     */
    static Optional<MemoryNeed> training(RunSpec spec, DataSize data, Extent extent, Backend backend, int threads) {
        MemoryPlan plan = new MemoryPlan(spec, data, extent, backend, threads);
        Optional<ModelSize> teacher =
                plan.teacher(spec.teacher().spec(), spec.teacher().batch());
        if (teacher.isEmpty()) {
            return Optional.empty();
        }
        plan.train(teacher.get());
        return extent == Extent.TEACHER_ONLY || plan.students(teacher.get())
                ? Optional.of(plan.need())
                : Optional.empty();
    }

    /** The same for data that are still to be opened: their file is in memory beside its parts then. */
    static Optional<MemoryNeed> opening(RunSpec spec, DataSize data, Extent extent, Backend backend, int threads) {
        return training(spec, data, extent, backend, threads).map(need -> {
            long file = ((long) data.training() + data.calibration() + data.validation())
                    * (data.image().elements() + 1);
            long heap = (long) (SPARE * (PROGRAM + data.bytes() + file));
            return heap <= need.heapBytes()
                    ? need
                    : new MemoryNeed(
                            heap, need.nativeBytes(), need.deviceBytes(), "opening the data", need.deviceStage());
        });
    }

    /** The memory that the evaluation of a finished run needs. */
    static Optional<MemoryNeed> evaluation(RunSpec spec, DataSize data, Extent extent, Backend backend, int threads) {
        MemoryPlan plan = new MemoryPlan(spec, data, extent, backend, threads);
        Optional<ModelSize> teacher =
                plan.teacher(spec.teacher().spec(), spec.teacher().batch());
        if (teacher.isEmpty()) {
            return Optional.empty();
        }
        long test = Float.BYTES * plan.classes * data.evaluated(spec.testImages());
        List<StudentSpec> students = extent == Extent.TEACHER_ONLY ? List.of() : spec.models();
        int members = students.size();
        for (StudentSpec member : students) {
            Optional<ModelSize> student = plan.student(member, spec.student().batch());
            if (student.isEmpty()) {
                return Optional.empty();
            }
            plan.use(
                    "student " + member.name(),
                    plan.heapOf(teacher.get()) + plan.heapOf(student.get()) + plan.evaluation(members, test),
                    teacher.get().tensorBytes() + student.get().tensorBytes());
        }
        // A checkpoint is read as a whole, copied for its hash, and copied into floats.
        long loading = 3 * teacher.get().parameterBytes() + plan.heapOf(teacher.get());
        plan.use("the teacher", loading, teacher.get().tensorBytes());
        return Optional.of(plan.need());
    }

    private MemoryNeed need() {
        long needed = (long) (SPARE * (PROGRAM + data.bytes() + workspaceHeap + heap));
        return new MemoryNeed(
                needed, VIRTUAL_MACHINE + threads * BLAS_BUFFER + workspaceNative, device, stage, deviceStage);
    }

    private Optional<ModelSize> teacher(TeacherSpec teacher, int batch) {
        ImageShape image = data.image();
        for (TeacherSpec.Convolution conv : teacher.convolutions(image)) {
            int padding = (conv.kernel() - 1) / 2;
            int border = conv.kernel() - 1 - 2 * padding;
            Shape images = Shape.of(batch, conv.height() + border, conv.width() + border, conv.inputs());
            convolution(
                    new Conv2dOps.Options(
                            conv.kernel(), 1, padding, teacher.precision().operands(backend)),
                    images,
                    conv.outputs());
        }
        return ModelSize.teacher(teacher, image, data.classes(), batch, onHeap);
    }

    private void convolution(Conv2dOps.Options options, Shape images, int outputs) {
        Conv2dOps.Workspace kept = backend.conv2d().workspace(options, images, outputs);
        workspaceHeap = Math.max(workspaceHeap, kept.heapBytes());
        workspaceNative = Math.max(workspaceNative, kept.nativeBytes());
    }

    /** The training of the teacher. */
    private void train(ModelSize teacher) {
        TrainingSteps steps = TrainingSteps.teacher(spec, data.training());
        long resident = resident((elements + 1) * steps.images(), 0);
        stage("the teacher", ModelSize.NONE, teacher, steps, resident, validation());
    }

    /** Logits on the validation images, and what is made of them. */
    private long validation() {
        return Float.BYTES * classes * data.validation();
    }

    /** Returns whether the students can be counted. */
    private boolean students(ModelSize teacher) {
        long samples = TrainingSteps.studentImages(spec, data.training());
        long copies = spec.student().copies();
        long logits = Float.BYTES * samples * classes;
        // Copies without affine maps have no pixels of their own.
        long stored = spec.augmentation().spec().maps() ? copies : 1;
        long residentBytes = stored * samples * elements + samples + 2 * copies * logits + Float.BYTES * samples;
        // More values than a tensor can have are never put there.
        boolean countable = stored * samples * elements <= Integer.MAX_VALUE;
        long resident = countable ? resident(residentBytes, teacher.tensorBytes()) : 0;
        boolean streamed = resident == 0;
        long cache = streamed ? (stored - 1) * samples * elements + 2 * copies * logits : 0;
        boolean boosting = spec.student().scheme() == Scheme.BDISTIL;
        long weights = boosting ? 2 * Double.BYTES * samples * classes + Float.BYTES * samples : 0;
        // Logits of a student on a copy; with boosting those of student and teacher on the clean copy.
        long joining = boosting ? 2 * logits : streamed ? logits : 0;
        use(
                "the cached copies",
                cache + heapOf(teacher) + (streamed ? 0 : samples * elements),
                teacher.tensorBytes() + resident);
        int members = spec.students().size();
        ModelSize largest = null;
        for (int i = 0; i < members; i++) {
            StudentSpec student = spec.models().get(i);
            TrainingSteps steps = TrainingSteps.student(spec, i, data.training());
            // Students are evaluated in the batches that all have in common.
            Optional<ModelSize> size =
                    student(student, Math.max(steps.batch(), spec.student().batch()));
            if (size.isEmpty()) {
                return false;
            }
            long predictions = (2L * i + 3) * validation();
            String name = "student " + student.name();
            long held = cache + weights + predictions;
            stage(name, teacher, size.get(), steps, resident, held);
            if (i < members - 1) {
                use(name, heapOf(teacher) + heapOf(size.get()) + held + joining, 0);
            }
            largest = largest == null || size.get().tensorBytes() > largest.tensorBytes() ? size.get() : largest;
        }
        long test = Float.BYTES * classes * data.evaluated(spec.testImages());
        long evaluated = evaluation(members, test);
        use("the evaluation", heapOf(teacher) + heapOf(largest) + cache + evaluated, 0);
        return extent == Extent.GROUP || controls(teacher, resident, cache, weights, 2L * members * test);
    }

    /** Logits of every student and of every prefix, and how sure they are. */
    private long evaluation(int members, long test) {
        long images = Math.max(data.validation(), data.evaluated(spec.testImages()));
        long fitted = Math.min(RunContext.FIT_IMAGES, data.training());
        return 2L * members * (validation() + test + Float.BYTES * classes * fitted)
                + (elements + 1) * fitted
                + (long) Double.BYTES * members * images
                + 2 * Math.max(validation(), test)
                // A part of the test images is a copy of them.
                + (data.evaluated(spec.testImages()) < data.test()
                        ? (elements + 1) * data.evaluated(spec.testImages())
                        : 0);
    }

    private boolean controls(ModelSize teacher, long resident, long cache, long weights, long predictions) {
        ImageShape image = data.image();
        long flops = Flops.group(spec.models(), image, data.classes());
        int index = spec.students().size() - 1;
        StudentSpec last = spec.models().get(index);
        TrainingSteps steps = TrainingSteps.student(spec, index, data.training());
        Optional<ModelSize> single = student(Controls.singleStudent(last, image, data.classes(), flops), steps.batch());
        Optional<ModelSize> cnn =
                teacher(Controls.plainCnn(spec.teacher().spec(), image, data.classes(), flops), steps.batch());
        if (single.isEmpty() || cnn.isEmpty()) {
            return false;
        }
        long test = Float.BYTES * classes * data.evaluated(spec.testImages());
        int members = spec.students().size();
        stage(
                "the control of one student",
                teacher,
                single.get(),
                steps,
                resident,
                cache + predictions + 3 * validation());
        use("the control groups", heapOf(teacher) + cache + weights + predictions + evaluation(members, test), 0);
        stage("the control of a plain CNN", teacher, cnn.get(), steps, resident, cache + predictions + validation());
        return true;
    }

    private Optional<ModelSize> student(StudentSpec student, int batch) {
        for (StemSpec.Convolution conv : student.tokenizer().stem().convolutions(data.image())) {
            ImageShape input = conv.input();
            convolution(
                    new Conv2dOps.Options(
                            StemSpec.KERNEL,
                            conv.stride(),
                            StemSpec.KERNEL / 2,
                            student.precision(backend).operands(backend)),
                    Shape.of(batch, input.height(), input.width(), input.channels()),
                    conv.output().channels());
        }
        Optional<ModelSize> size =
                ModelSize.student(student, data.image(), data.classes(), batch, onHeap, ModelSize.Parts.of(backend));
        size.ifPresent(found -> {
            // The gradient of a matrix is summed in parts of 512 rows, each with its own sums.
            long rows = (long) batch * student.tokens(data.image());
            long sums = (rows + 511) / 512 * found.largestParameterBytes();
            long line = Float.BYTES * (long) student.tokens(data.image()) * student.innerWidth();
            long scratch = threads * (2L * student.convWidth() + 26) * line + student.convWidth() * line;
            workspaceHeap = onHeap ? Math.max(workspaceHeap, sums + scratch) : workspaceHeap;
            workspaceNative =
                    onHeap ? Math.max(workspaceNative, (1 + threads) * found.largestParameterBytes()) : workspaceNative;
        });
        return size;
    }

    /**
     * A training.
     *
     * @param beside the model whose tensors stay
     * @param held of the heap by others
     */
    private void stage(
            String name, ModelSize beside, ModelSize trained, TrainingSteps steps, long resident, long held) {
        long tensors = heapOf(beside) + heapOf(trained);
        long planned = STEP_BYTES * steps.total();
        long optimizer = trained.optimizerBytes() + planned;
        // The plan is made in an array and copied to a tensor.
        long host = planned + (onHeap ? optimizer : 0);
        // Two batches that are prepared in turns, and one of the images to be evaluated.
        long batches = 3L * Float.BYTES * steps.batch() * (elements + 2 * classes + 2);
        // Where a save is written, its values are there twice: as they were read, and as the file has them. A
        // checkpoint takes less.
        long saved = 2 * (trained.parameterBytes() + trained.optimizerBytes());
        long whole = tensors + host + batches + held + saved;
        use(name, whole, beside.tensorBytes() + trained.tensorBytes() + optimizer + resident);
    }

    private long heapOf(ModelSize model) {
        return onHeap ? model.tensorBytes() : 0;
    }

    /** Bytes of data that are kept on the device beside what is there: all of them or none, as {@code DataPlacement} decides. */
    private long resident(long bytes, long beside) {
        long free = backend.freeDeviceBytes().orElse(0) - beside;
        return bytes <= free / 2 ? bytes : 0;
    }

    private void use(String name, long heapBytes, long bytesOnDevice) {
        if (heapBytes > heap) {
            heap = heapBytes;
            stage = name;
        }
        if (!onHeap && bytesOnDevice > device) {
            device = bytesOnDevice;
            deviceStage = name;
        }
    }
}
