package io.mambapkd.ops.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.ops.cuda.driver.CudaArena;
import io.mambapkd.ops.cuda.driver.CudaCopies;
import io.mambapkd.ops.cuda.driver.DeviceContext;
import io.mambapkd.ops.cuda.driver.TestDevice;
import io.mambapkd.ops.cuda.options.CudaOptions;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Memory and copies on a device, in both layouts of arenas. */
@ParameterizedClass
@EnumSource
class CudaBackendTest {
    /** Sixteen floats, so that small tensors go through several pieces. */
    private static final int COPY_BYTES = 64;

    private final CudaOptions.MemoryLayout layout;

    CudaBackendTest(CudaOptions.MemoryLayout layout) {
        this.layout = layout;
    }

    @BeforeAll
    static void device() {
        TestDevice.require();
    }

    private CudaBackend open() {
        return new CudaBackend(TestDevice.options(layout), COPY_BYTES);
    }

    private static float[] counting(int elements) {
        float[] values = new float[elements];
        for (int i = 0; i < elements; i++) {
            values[i] = i + 0.5f;
        }
        return values;
    }

    @Test
    void descriptionNamesTheDeviceAndWhetherItIsAnEmulation() {
        try (Backend cuda = open()) {
            assertThat(cuda.name()).isEqualTo("cuda");
            assertThat(cuda.description())
                    .containsPattern(", compute capability \\d+\\.\\d, driver for CUDA \\d+\\.\\d");
            if (!TestDevice.isReal()) {
                assertThat(cuda.description()).endsWith(", an emulation without hardware");
            }
        }
    }

    /** Below, at and above one piece, all slots at once, and round them several times. */
    @Test
    void copiesInPiecesKeepEveryElement() {
        for (int elements : new int[] {1, 15, 16, 17, 63, 64, 65, 128, 1001}) {
            try (Backend cuda = open();
                    Arena arena = cuda.newArena("copies")) {
                Tensor first = arena.allocate("first", elements);
                Tensor second = arena.allocate("second", elements);
                arena.seal();
                float[] values = counting(elements);
                cuda.upload(values, first);
                cuda.upload(new float[elements], second);
                values[0] = -1; // The array is free as soon as upload returns.
                assertThat(cuda.download(first)).isEqualTo(counting(elements));
                float[] within = new float[elements + 2];
                cuda.download(first, within, 1);
                assertThat(within[elements]).isEqualTo(elements - 0.5f);
                assertThat(within[elements + 1]).isZero();
                assertThat(cuda.download(second)).containsOnly(0);
            }
        }
    }

    @Test
    void integersAndBytesArriveAsTheyAre() {
        try (DeviceContext context = DeviceContext.open(TestDevice.options(layout));
                CudaCopies copies = new CudaCopies(context, COPY_BYTES);
                Arena arena = new CudaArena(context, "data", Arena.Layout.SEPARABLE, Arena.Blocks.PER_TENSOR)) {
            Tensor integers = arena.allocate("integers", DType.I32, Shape.of(20));
            Tensor bytes = arena.allocate("bytes", DType.U8, Shape.of(131));
            arena.seal();
            int[] numbers = new int[20];
            byte[] small = new byte[131];
            for (int i = 0; i < small.length; i++) {
                small[i] = (byte) (3 * i);
                numbers[i % 20] = i - 100;
            }
            copies.upload(integers, (slot, from, count) -> slot.asIntBuffer().put(numbers, from, count));
            copies.upload(bytes, (slot, from, count) -> slot.put(small, from, count));
            int[] numbersBack = new int[20];
            byte[] smallBack = new byte[131];
            copies.download(integers, (slot, from, count) -> slot.asIntBuffer().get(numbersBack, from, count));
            copies.download(bytes, (slot, from, count) -> slot.get(smallBack, from, count));
            assertThat(numbersBack).isEqualTo(numbers);
            assertThat(smallBack).isEqualTo(small);
        }
    }

    @Test
    void columnViewsAreCopiedAsOnTheCpu() {
        float[][] results = new float[2][];
        int at = 0;
        for (Backend backend : List.of(new CpuBackend(1, CpuBackend.javaBlas()), open())) {
            try (backend;
                    Arena arena = backend.newArena("views")) {
                Tensor x = arena.allocate("x", 3, 5, 7);
                Tensor y = arena.allocate("y", 3, 5, 4);
                arena.seal();
                backend.upload(counting(105), x);
                backend.copy(x.columns(2, 4), y);
                backend.copy(y.columns(1, 2), x.columns(5, 2));
                backend.copy(x.slices(0, 1), x.slices(2, 1));
                results[at++] = backend.download(x);
            }
        }
        assertThat(results[1]).isEqualTo(results[0]);
    }

    @Test
    void copiesThatDoNotFitAreRefusedAsOnTheCpu() {
        for (Backend backend : List.of(new CpuBackend(1, CpuBackend.javaBlas()), open())) {
            try (backend;
                    Arena arena = backend.newArena("refused")) {
                Tensor x = arena.allocate("x", 2, 3);
                Tensor labels = arena.allocate("labels", DType.I32, Shape.of(6));
                arena.seal();
                assertThatThrownBy(() -> backend.upload(new float[5], x))
                        .hasMessage("upload: 5 elements do not fit into x (2, 3) F32");
                assertThatThrownBy(() -> backend.upload(new float[6], labels))
                        .hasMessage("upload: labels (6) I32 must be F32");
                assertThatThrownBy(() -> backend.upload(new float[4], x.columns(0, 2)))
                        .hasMessage("upload: 4 elements do not fit into x (2, 2) F32");
                assertThatThrownBy(() -> backend.download(x, new float[7], 2))
                        .hasMessage("download: x (2, 3) F32 does not fit into an array of 7 elements at 2");
                assertThatThrownBy(() -> backend.download(x.columns(0, 2)))
                        .hasMessage("download: x (2, 2) F32 must be dense");
                assertThatThrownBy(() -> backend.download(labels)).hasMessage("download: labels (6) I32 must be F32");
                assertThatThrownBy(() -> backend.downloadIntegers(x)).hasMessage("download: x (2, 3) F32 must be I32");
                assertThatThrownBy(() -> backend.zero(x.columns(0, 2))).hasMessage("zero: x (2, 2) F32 must be dense");
                assertThatThrownBy(() -> backend.copy(x, x.reshape(3, 2)))
                        .hasMessageContaining("copy: target must have shape (2, 3)");
            }
        }
    }

    @Test
    void wholeNumbersComeBackAsTheyWere() {
        for (Backend backend : List.of(new CpuBackend(1, CpuBackend.javaBlas()), open())) {
            try (backend;
                    Arena arena = backend.newArena("whole")) {
                arena.allocate("before", 3);
                Tensor x = arena.allocate("x", DType.I32, Shape.of(5));
                arena.seal();
                backend.upload(new int[] {1, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, 1 << 25 | 1}, x);
                assertThat(backend.downloadIntegers(x.slices(1, 4)))
                        .containsExactly(-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 1 << 25 | 1);
            }
        }
    }

    @Test
    void newMemoryIsZeroAndSoIsWhatWasSetToZero() {
        try (Backend cuda = open();
                Arena arena = cuda.newArena("zeroed")) {
            Tensor x = arena.allocate("x", 33);
            arena.allocate("odd", DType.U8, Shape.of(3));
            arena.seal();
            assertThat(cuda.download(x)).containsOnly(0);
            cuda.upload(counting(33), x);
            cuda.zero(x.slices(1, 30));
            float[] rest = cuda.download(x);
            assertThat(rest[0]).isEqualTo(0.5f);
            assertThat(rest[31]).isEqualTo(31.5f);
            assertThat(rest[30]).isZero();
        }
    }

    @Test
    void onlyFlatArenasAndPackedMemoryShareAnAllocation() {
        try (Backend cuda = open();
                Arena flat = cuda.newArena("flat", Arena.Layout.FLAT);
                Arena separable = cuda.newArena("separable")) {
            Tensor flatFirst = flat.allocate("first", 3);
            Tensor flatSecond = flat.allocate("second", 3);
            Tensor first = separable.allocate("first", 3);
            Tensor second = separable.allocate("second", 3);
            flat.seal();
            separable.seal();
            assertThat(flatFirst.memory()).isSameAs(flatSecond.memory());
            assertThat(first.memory() == second.memory()).isEqualTo(layout == CudaOptions.MemoryLayout.PACKED);
        }
    }

    @Test
    void memoryComesBackWhenAnArenaOrItsBackendIsClosed() {
        try (DeviceContext watch = DeviceContext.open(TestDevice.options(layout))) {
            long before = watch.room().freeBytes();
            try (Backend cuda = open()) {
                Arena closed = cuda.newArena("closed");
                closed.allocate("x", 1 << 20);
                long opened = watch.room().freeBytes();
                closed.seal();
                assertThat(watch.room().freeBytes()).isLessThan(opened);
                closed.close();
                assertThat(watch.room().freeBytes()).isEqualTo(opened);
                Arena forgotten = cuda.newArena("forgotten");
                forgotten.allocate("x", 1 << 20);
                forgotten.seal();
            }
            assertThat(watch.room().freeBytes()).isEqualTo(before);
        }
    }

    @Test
    void tensorsThatLiveElsewhereAreRefused() {
        try (Backend cpu = new CpuBackend(1, CpuBackend.javaBlas());
                Backend cuda = open();
                Backend other = open();
                Arena host = cpu.newArena("host");
                Arena foreign = other.newArena("foreign")) {
            Tensor x = host.allocate("x", 3);
            Tensor y = foreign.allocate("y", 3);
            host.seal();
            foreign.seal();
            assertThatThrownBy(() -> cuda.zero(x))
                    .hasMessage("x (3) F32 does not live on the CUDA backend; copy it there first");
            assertThatThrownBy(() -> cuda.zero(y))
                    .hasMessage("y (3) F32 lives on another CUDA backend; copy it through the host first");
            assertThatThrownBy(() -> cpu.zero(y)).hasMessageContaining("does not live on the CPU backend");
        }
    }

    @Test
    void useAfterCloseIsRefused() {
        CudaBackend cuda = open();
        Arena arena = cuda.newArena("step");
        Tensor x = arena.allocate("x", 3);
        arena.seal();
        cuda.close();
        cuda.close();
        assertThatThrownBy(() -> cuda.zero(x))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the CUDA backend of device 0 was used after it was closed");
        arena.close();
        assertThatThrownBy(() -> cuda.zero(x)).hasMessage("tensor x was used after its arena step was closed");
    }

    @Test
    void aDeviceThatIsNotThereIsRefused() {
        assertThatThrownBy(() -> new CudaBackend(new CudaOptions(99, CudaOptions.Launches.ASYNCHRONOUS, layout)))
                .hasMessageMatching(
                        "expected (CUDA device 0, the only one|a CUDA device from 0 to [0-9]+) that the driver"
                                + " has, got 99; nvidia-smi -L lists them, --gpu chooses one");
    }
}
