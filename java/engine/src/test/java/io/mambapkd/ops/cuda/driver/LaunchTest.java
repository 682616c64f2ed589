package io.mambapkd.ops.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.ops.cuda.ptx.ParameterType;
import io.mambapkd.ops.cuda.ptx.PtxEntry;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.List;
import jcuda.driver.CUfunction;
import org.junit.jupiter.api.Test;

/** Needs no device. */
class LaunchTest {
    private final PaperContext cuda = new PaperContext(80);
    private final Kernel kernel = new Kernel(
            new PtxEntry(
                    "scale_f32",
                    List.of(ParameterType.WIDE, ParameterType.INT32, ParameterType.FLOAT32, ParameterType.WIDE),
                    new PtxEntry.Block(128, 1, 1)),
            new CUfunction(),
            0);

    @Test
    void everyArgumentGoesToASlotOfItsOwn() {
        cuda.launch(kernel)
                .address(7)
                .int32(-2)
                .float32(1.5f)
                .int64(1L << 40)
                .sharedBytes(64)
                .grid(3, 2);
        assertThat(cuda.arguments().getLong(0)).isEqualTo(7);
        assertThat(cuda.arguments().getInt(8)).isEqualTo(-2);
        assertThat(cuda.arguments().getFloat(16)).isEqualTo(1.5f);
        assertThat(cuda.arguments().getLong(24)).isEqualTo(1L << 40);
        assertThat(cuda.launches).containsExactly(new PaperContext.Noted("scale_f32", List.of(3, 2, 1), 64));
    }

    @Test
    void aWrongTypeIsRefusedByPosition() {
        assertThatThrownBy(() -> cuda.launch(kernel).address(7).float32(2))
                .hasMessage("launch of scale_f32: argument 1 must be an int, got a float");
        assertThatThrownBy(() -> cuda.launch(kernel).int32(7))
                .hasMessage("launch of scale_f32: argument 0 must be a pointer or long long, got an int");
    }

    @Test
    void aWrongNumberIsRefused() {
        Launch three = cuda.launch(kernel).address(7).int32(1).float32(2);
        assertThatThrownBy(() -> three.grid(1)).hasMessage("launch of scale_f32: the kernel takes 4 arguments, got 3");
        Launch four = three.int64(0);
        assertThatThrownBy(() -> four.int32(1))
                .hasMessage("launch of scale_f32: the kernel takes 4 arguments, got one more, an int");
    }

    @Test
    void gridsThatCudaRefusesAreRefusedBefore() {
        Launch launch = cuda.launch(kernel).address(7).int32(1).float32(2).int64(0);
        for (long x : new long[] {0, -1, 1L << 31}) {
            assertThatThrownBy(() -> launch.grid(x))
                    .hasMessage("launch of scale_f32: the grid must be from (1, 1, 1) to (2147483647, 65535, 65535),"
                            + " got (" + x + ", 1, 1)");
        }
        assertThatThrownBy(() -> launch.grid(1, 65_536)).hasMessageEndingWith("got (1, 65536, 1)");
        assertThatThrownBy(() -> launch.grid(1, 1, 0)).hasMessageEndingWith("got (1, 1, 0)");
        assertThatThrownBy(() -> launch.sharedBytes(-1)).hasMessageContaining("must be 0 bytes or more, got -1");
        launch.grid(Integer.MAX_VALUE, 65_535, 65_535);
    }

    @Test
    void nothingIsAddedToALaunchThatIsDone() {
        Launch launch = cuda.launch(kernel).address(7).int32(1).float32(2).int64(0);
        launch.grid(1);
        assertThatThrownBy(() -> launch.address(1)).hasMessageContaining("a launch starts with CudaContext.launch");
    }

    @Test
    void aTensorIsPassedByTheAddressOfItsFirstElement() {
        try (Backend cpu = new CpuBackend(1, CpuBackend.javaBlas());
                Arena arena = cpu.newArena("a")) {
            Tensor x = arena.allocate("x", 4, 8);
            arena.seal();
            cuda.launch(kernel).tensor(x);
            long start = cuda.arguments().getLong(0);
            cuda.launch(kernel).tensor(x.columns(3, 2));
            assertThat(cuda.arguments().getLong(0)).isEqualTo(start + 12);
            cuda.launch(kernel).tensor(null);
            assertThat(cuda.arguments().getLong(0)).isZero();
        }
    }

    @Test
    void aTensorThatIsNotAlignedForTheKernelIsRefused() {
        try (Backend cpu = new CpuBackend(1, CpuBackend.javaBlas());
                Arena arena = cpu.newArena("a")) {
            Tensor x = arena.allocate("x", 4, 8);
            arena.seal();
            cuda.launch(kernel).tensor(x.columns(4, 4), 16);
            assertThatThrownBy(() -> cuda.launch(kernel).tensor(x.columns(3, 2), 16))
                    .hasMessageStartingWith("launch of scale_f32: x (4, 2) F32 starts at ")
                    .hasMessageEndingWith(", which is no multiple of 16 bytes; copy it to a tensor of its own");
        }
    }

    @Test
    void aTensorOfAReleasedArenaIsRefused() {
        try (Backend cpu = new CpuBackend(1, CpuBackend.javaBlas())) {
            Arena arena = cpu.newArena("step");
            Tensor labels = arena.allocate("labels", DType.I32, Shape.of(3));
            arena.seal().close();
            assertThatThrownBy(() -> cuda.launch(kernel).tensor(labels))
                    .hasMessage("tensor labels was used after its arena step was closed");
        }
    }
}
