package io.mambapkd.train.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.mambapkd.InputException;
import io.mambapkd.model.Classifier;
import io.mambapkd.model.CnnTeacher;
import io.mambapkd.model.MambaStudent;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.train.plan.MemoryCheck.Limits;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.settings.RunSpec;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MemoryPlanTest {
    private static final long MEBIBYTE = 1 << 20;
    private static final long PLENTY = 1L << 50;
    private static final ImageShape IMAGE = new ImageShape(28, 28, 1);
    private static final DataSize MNIST = new DataSize(50_000, 0, 10_000, 10_000, IMAGE, 10);

    private final CpuBackend cpu = new CpuBackend(2);

    @AfterEach
    void close() {
        cpu.close();
    }

    private static Limits heap(long bytes) {
        return new Limits(bytes, OptionalLong.empty());
    }

    private MemoryNeed need(RunSpec spec, Extent extent) {
        return MemoryCheck.training(spec, MNIST, extent, cpu, 2, heap(PLENTY));
    }

    private String refusal(RunSpec spec, Extent extent, Backend backend, Limits limits) {
        InputException refusal = catchThrowableOfType(
                InputException.class, () -> MemoryCheck.training(spec, MNIST, extent, backend, 2, limits));
        assertThat(refusal).as("refusal").isNotNull();
        return String.valueOf(refusal.getMessage());
    }

    /** A backend that notes the arenas that are made in it, which have memory. */
    private Backend noting(List<Arena> arenas) {
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    Object made = method.invoke(cpu, arguments);
                    if (made instanceof Arena arena) {
                        arenas.add(arena);
                    }
                    return made;
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "teacher.dropout=0",
                "teacher.channels=[8,24]",
                "student.direction=bidirectional",
                "student.readOut=mean",
                "student.mixer=none",
                "student.reuse=logits",
                "student.batch=7",
                "students[6]={name: s, stem: [4, 6], stemStrides: [1, 2], cut: patches, tokenSize: 3, position: grid,"
                        + " order: alternating, modelWidth: 8, blocks: 3, stateSize: 4, learningRate: 0.01}"
            })
    void aPlannedModelTakesWhatARealOneDoes(String setting) {
        RunSpec spec = Data.spec(setting, "teacher.batch=16");
        List<Arena> arenas = new ArrayList<>();
        try (Classifier real = new CnnTeacher(
                noting(arenas), spec.teacher().spec(), IMAGE, 10, spec.teacher().batch(), 0)) {
            ModelSize planned = ModelSize.teacher(spec.teacher().spec(), IMAGE, 10, 16, true)
                    .orElseThrow();
            assertThat(planned.tensorBytes()).isEqualTo(bytes(arenas));
            assertThat(planned.parameters()).isEqualTo(real.parameters().count());
        }
        for (StudentSpec student : spec.models()) {
            arenas.clear();
            int batch = spec.student().batch();
            try (Classifier real = new MambaStudent(noting(arenas), student, IMAGE, 10, batch)) {
                ModelSize planned = ModelSize.student(student, IMAGE, 10, batch, true, ModelSize.Parts.NONE)
                        .orElseThrow();
                assertThat(planned.tensorBytes()).isEqualTo(bytes(arenas));
                assertThat(planned.parameters()).isEqualTo(real.parameters().count());
            }
        }
    }

    private static long bytes(List<Arena> arenas) {
        return arenas.stream().mapToLong(Arena::bytes).sum();
    }

    /** Trained in batches of its own, evaluated in those of all: the larger ones count. */
    @Test
    void aStudentTakesTheMemoryOfItsLargerBatch() {
        String small = "teacher.batch=16";
        long both = need(Data.spec(small, "student.batch=2048"), Extent.GROUP).heapBytes();
        long trained = need(Data.spec(small, "student.batch=16", "students[6].batch=2048"), Extent.GROUP)
                .heapBytes();
        long evaluated = need(Data.spec(small, "student.batch=2048", "students[6].batch=16"), Extent.GROUP)
                .heapBytes();
        long neither = need(Data.spec(small, "student.batch=16"), Extent.GROUP).heapBytes();
        long model = ModelSize.student(Data.spec().models().get(6), IMAGE, 10, 2048, true, ModelSize.Parts.NONE)
                .orElseThrow()
                .tensorBytes();
        assertThat(both - neither).isGreaterThan(model / 2);
        assertThat(trained).isCloseTo(both, withinPercentage(10));
        assertThat(evaluated - neither).isGreaterThan(model / 2);
    }

    /** Two sets of 10 floats in each copy, and nothing else. */
    @Test
    void copiesWithoutAffineMapsHaveNoPixels() {
        String crop =
                "augmentation={rotationDegrees: 0, scale: 0, shear: 0, shiftPixels: 0, crop: 2, flip: random, cutout: 4}";
        long four = need(Data.spec("student.copies=4", "student.images=50000", crop), Extent.GROUP)
                .heapBytes();
        long hundred = need(Data.spec("student.copies=100", "student.images=50000", crop), Extent.GROUP)
                .heapBytes();
        long more = 96L * 50_000 * 2 * 10 * 4;
        assertThat((double) hundred - four).isBetween(1.0 * more, 1.15 * more);
    }

    @Test
    void whatIsCachedGrowsWithCopiesImagesAndClasses() {
        long four = need(Data.spec("student.copies=4", "student.images=50000"), Extent.GROUP)
                .heapBytes();
        long eight = need(Data.spec("student.copies=8", "student.images=50000"), Extent.GROUP)
                .heapBytes();
        // Pixels, and two sets of 10 floats, of 50,000 images in 4 more copies.
        long more = 4L * 50_000 * (28 * 28 + 2 * 10 * 4);
        assertThat((double) eight - four).isBetween(1.0 * more, 1.15 * more);
    }

    @Test
    void controlsNeedNoLessAndTheTeacherAloneNoMore() {
        RunSpec spec = Data.spec("student.copies=2");
        assertThat(need(spec, Extent.GROUP_AND_CONTROLS).heapBytes())
                .isGreaterThanOrEqualTo(need(spec, Extent.GROUP).heapBytes());
        assertThat(need(spec, Extent.TEACHER_ONLY).heapBytes())
                .isLessThanOrEqualTo(need(spec, Extent.GROUP).heapBytes());
    }

    @Test
    void theDemoFitsTheLaunchersHeapAndTheFullRecipeToo() {
        // What -Xmx1400m leaves with the parallel collector.
        Limits launcher = heap(1244 * MEBIBYTE);
        assertThatCode(() -> {
                    MemoryCheck.training(Data.spec(), MNIST, Extent.GROUP_AND_CONTROLS, cpu, 2, launcher);
                    RunSpec full = io.mambapkd.train.settings.RunSpecYaml.preset("mnist-full", List.of());
                    MemoryCheck.training(full, MNIST, Extent.GROUP_AND_CONTROLS, cpu, 2, launcher);
                })
                .doesNotThrowAnyException();
    }

    /** The sentence names what would do; each of its ways does, and the next larger value does not. */
    @Test
    void tooSmallAHeapIsRefusedWithTheNumberAndTwoWaysOut() {
        RunSpec spec = Data.spec("student.copies=20", "student.images=50000");
        Limits limits = heap(600 * MEBIBYTE);
        String sentence = refusal(spec, Extent.GROUP, cpu, limits);
        assertThat(sentence)
                .matches(
                        "this run needs about [0-9,]+ MiB of Java memory, for .+, of which 600 MiB may be used; allow more"
                                + " with MAMBA_PKD_OPTS='-Xmx[0-9]+00m -XX:\\+UseParallelGC', or use --set student\\.copies=[0-9]+");
        String copies = Data.flags(sentence).get(0);
        int fitting = Integer.parseInt(copies.substring(copies.indexOf('=') + 1));
        RunSpec followed = Data.spec("student.images=50000", copies);
        assertThatCode(() -> MemoryCheck.training(followed, MNIST, Extent.GROUP, cpu, 2, limits))
                .doesNotThrowAnyException();
        RunSpec one = Data.spec("student.images=50000", "student.copies=" + (fitting + 1));
        assertThat(refusal(one, Extent.GROUP, cpu, limits)).contains("student.copies=" + fitting);
        long option = Long.parseLong(sentence.replaceAll(".*-Xmx([0-9]+)m.*", "$1"));
        // The parallel collector leaves 8 of 9 parts of it.
        assertThatCode(() -> MemoryCheck.training(spec, MNIST, Extent.GROUP, cpu, 2, heap(option * MEBIBYTE * 8 / 9)))
                .doesNotThrowAnyException();
        // A model's arena is one array, which lies in the old generation; by HotSpot's NewRatio=2 that is two thirds.
        long needed = Long.parseLong(
                sentence.replaceAll(".* about ([0-9,]+) MiB .*", "$1").replace(",", ""));
        assertThat(2 * option).isGreaterThanOrEqualTo(3 * needed);
    }

    @Test
    void aTeacherThatIsTooLargeIsHelpedByItsBatch() {
        RunSpec spec = Data.spec("teacher.batch=1024");
        String sentence = refusal(spec, Extent.TEACHER_ONLY, cpu, heap(500 * MEBIBYTE));
        assertThat(sentence).contains("for the teacher").endsWith(", or use --set teacher.batch=512");
        assertThatCode(() -> MemoryCheck.training(
                        Data.spec(Data.flags(sentence).get(0)),
                        MNIST,
                        Extent.TEACHER_ONLY,
                        cpu,
                        2,
                        heap(500 * MEBIBYTE)))
                .doesNotThrowAnyException();
    }

    @Test
    void aMachineThatIsTooSmallIsNamed() {
        Limits limits = new Limits(PLENTY, OptionalLong.of(400 * MEBIBYTE));
        assertThat(refusal(Data.spec("student.copies=10"), Extent.GROUP, cpu, limits))
                .matches(
                        "this run needs about [0-9,]+ MiB of memory, [0-9,]+ MiB of them for Java's heap, for .*, but this"
                                + " machine or container has 400 MiB; use .*");
    }

    @Test
    void tensorsThatCannotBeCountedAreRefused() {
        RunSpec spec = Data.spec("teacher.batch=8192", "teacher.channels=[4096,4096]");
        assertThat(refusal(spec, Extent.GROUP, cpu, heap(PLENTY)))
                .startsWith("this run has tensors of more than 2147483647 values; use --set teacher.batch=");
    }

    private Backend device(long free) {
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(),
                new Class<?>[] {Backend.class},
                (proxy, method, arguments) -> method.getName().equals("freeDeviceBytes")
                        ? OptionalLong.of(free)
                        : method.invoke(cpu, arguments));
    }

    @Test
    void tooLittleDeviceMemoryIsRefusedWithTheBatchThatFits() {
        RunSpec spec = Data.spec("teacher.batch=1024");
        String sentence = refusal(spec, Extent.GROUP, device(200 * MEBIBYTE), heap(PLENTY));
        assertThat(sentence)
                .matches(
                        "this run needs at least [0-9,]+ MiB of device memory, for the teacher, of which 200 MiB are free;"
                                + " use --set teacher\\.batch=[0-9]+");
        String[] followed =
                Stream.of("teacher.batch=1024", Data.flags(sentence).get(0)).toArray(String[]::new);
        assertThatCode(() -> MemoryCheck.training(
                        Data.spec(followed), MNIST, Extent.GROUP, device(200 * MEBIBYTE), 2, heap(PLENTY)))
                .doesNotThrowAnyException();
    }

    /** On a device the models do not lie in the heap, and data do only where the device has no room for them. */
    @Test
    void aDeviceTakesFromTheHeapWhatItHolds() {
        RunSpec spec = Data.spec("student.copies=8", "student.images=50000");
        MemoryNeed roomy = MemoryCheck.training(spec, MNIST, Extent.GROUP, device(PLENTY), 2, heap(PLENTY));
        MemoryNeed tight = MemoryCheck.training(spec, MNIST, Extent.GROUP, device(300 * MEBIBYTE), 2, heap(PLENTY));
        long cached = 8L * 50_000 * 28 * 28;
        assertThat(roomy.deviceBytes()).isGreaterThan(cached).isLessThan(2 * cached);
        assertThat(tight.deviceBytes()).isLessThan(300 * MEBIBYTE);
        assertThat(tight.heapBytes() - roomy.heapBytes()).isGreaterThan(cached * 3 / 4);
        assertThat(need(spec, Extent.GROUP).deviceBytes()).isZero();
    }

    @Test
    void evaluationNeedsLessThanTraining() {
        RunSpec spec = Data.spec("student.copies=8");
        InputException refusal = catchThrowableOfType(
                InputException.class,
                () -> MemoryCheck.evaluation(spec, MNIST, Extent.GROUP, cpu, 2, heap(100 * MEBIBYTE)));
        assertThat(refusal)
                .hasMessageStartingWith("this run needs about ")
                .hasMessageContaining(" of which 100 MiB may be used; allow more with MAMBA_PKD_OPTS='-Xmx");
        assertThatCode(() -> MemoryCheck.evaluation(
                        spec,
                        MNIST,
                        Extent.GROUP,
                        cpu,
                        2,
                        heap(need(spec, Extent.GROUP).heapBytes())))
                .doesNotThrowAnyException();
    }

    @Test
    void dataThatDoNotFitAreToldByTheirNumber() {
        // EMNIST ByClass: 697,932 training and 116,323 test images.
        DataSize emnist = new DataSize(687_932, 0, 10_000, 116_323, IMAGE, 62);
        assertThat(MemoryCheck.opening(Data.spec(), emnist, Extent.GROUP, cpu, 2, heap(1244 * MEBIBYTE))
                        .sentence())
                .matches(
                        "this run needs about 1,[0-9]{3} MiB of Java memory, for .+, of which 1,244 MiB may be used; allow"
                                + " more with MAMBA_PKD_OPTS='-Xmx(1[5-9]|2[0-9]|30)00m -XX:\\+UseParallelGC'");
    }

    @Test
    void calibrationImagesTakeTheirRoomInMemory() {
        long without = heapBytes(new DataSize(40_000, 0, 10_000, 10_000, IMAGE, 10));
        long with = heapBytes(new DataSize(40_000, 10_000, 10_000, 10_000, IMAGE, 10));

        // 784 pixels and a label each, and 6 % to spare.
        assertThat(with - without).isBetween(10_000L * 785, (long) (1.1 * 10_000 * 785));
    }

    private long heapBytes(DataSize data) {
        return MemoryCheck.training(Data.spec(), data, Extent.GROUP, cpu, 2, heap(PLENTY))
                .heapBytes();
    }

    @Test
    void theRoomForFilesIsCompared() {
        java.nio.file.Path folder = java.nio.file.Path.of("runs");
        InputException refusal = catchThrowableOfType(
                InputException.class, () -> DiskCheck.require(folder, 5 * MEBIBYTE, 100 * MEBIBYTE, 4 * MEBIBYTE));
        assertThat(refusal)
                .hasMessage(
                        "the files of this run need about 5 MiB, of which 4 MiB are free in runs; make room, or name a"
                                + " folder elsewhere with --out");
        assertThatCode(() -> DiskCheck.require(folder, 5 * MEBIBYTE, 0, 0)).doesNotThrowAnyException();
        assertThatCode(() -> DiskCheck.require(folder, 5 * MEBIBYTE, 100 * MEBIBYTE, 5 * MEBIBYTE))
                .doesNotThrowAnyException();
    }

    @Test
    void theFilesAreAboutFourBytesAParameter() {
        RunSpec wide = Data.spec("teacher.channels=[512,512]");
        // Weights of 3x3 convolutions: 1 to 512, and three times 512 to 512.
        long weights = 9L * 512 * (1 + 3 * 512);
        long teacher = DiskCheck.bytes(wide, MNIST, Extent.TEACHER_ONLY);
        assertThat(teacher).isBetween(4 * weights, 4 * weights + 4 * MEBIBYTE);
        assertThat(DiskCheck.bytes(wide, MNIST, Extent.GROUP_AND_CONTROLS)).isGreaterThan(2 * 4 * weights);
    }
}
