package io.mambapkd.ops.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.mambapkd.ops.cuda.options.CudaOptions;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.Tensor;
import java.lang.management.ManagementFactory;
import jcuda.driver.CUgraph;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Launches, scratch memory and events on a device. */
class DeviceLaunchTest {
    private static final int COUNT = 8;

    private DeviceContext cuda;
    private Arena arena;
    private Tensor a;
    private Tensor aLog;
    private Kernel decay;

    @BeforeAll
    static void device() {
        TestDevice.require();
    }

    @BeforeEach
    void open() {
        cuda = DeviceContext.open(
                TestDevice.options(CudaOptions.Launches.ASYNCHRONOUS, CudaOptions.MemoryLayout.PACKED));
        arena = new CudaArena(cuda, "launches", Arena.Layout.SEPARABLE, Arena.Blocks.PER_TENSOR);
        a = arena.allocate("a", COUNT);
        aLog = arena.allocate("aLog", COUNT);
        arena.seal();
        decay = cuda.kernel("selective_scan", "decay_fwd_f32");
    }

    @AfterEach
    void close() {
        arena.close();
        cuda.close();
    }

    /** a = -exp(0). */
    private void launch() {
        cuda.launch(decay).tensor(a).tensor(aLog).int32(COUNT).grid(1);
    }

    private float[] result() {
        float[] values = new float[COUNT];
        try (CudaCopies copies = new CudaCopies(cuda, 1 << 10)) {
            copies.download(a, (slot, from, count) -> slot.asFloatBuffer().get(values, from, count));
        }
        return values;
    }

    @Test
    void aLaunchLeavesNoGarbage() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < 100; i++) {
            launch();
        }
        // The virtual machine itself allocates a little now and then, in a round or two; a launch would in each.
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 10; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 100; i++) {
                launch();
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).isZero();
        assertThat(result()).containsOnly(-1f);
    }

    @Test
    void aKernelThatIsNotThereIsRefused() {
        assertThatThrownBy(() -> cuda.kernel("selective_scan", "decay_f64"))
                .hasMessageStartingWith("kernel family selective_scan has no entry decay_f64; it has ");
    }

    @Test
    void sharedMemoryAboveTheUsualLimitIsAllowedUpToWhatTheDeviceHas() {
        int most = cuda.device().sharedBytes();
        assertThat(most).isGreaterThan(48 << 10);
        cuda.launch(decay)
                .tensor(a)
                .tensor(aLog)
                .int32(COUNT)
                .sharedBytes(60 << 10)
                .grid(1);
        assertThat(result()).containsOnly(-1f);
        Launch tooMuch = cuda.launch(decay).tensor(a).tensor(aLog).int32(COUNT).sharedBytes(most + 1);
        assertThatThrownBy(() -> tooMuch.grid(1))
                .hasMessage("launch of decay_fwd_f32: a block needs " + (most + 1)
                        + " bytes of shared memory but device 0 gives at most " + most);
    }

    @Test
    void scratchMemoryGrowsAndStaysOtherwise() {
        long small = cuda.scratch(1000);
        assertThat(small % 256).isZero();
        assertThat(cuda.scratch(1000)).isEqualTo(small);
        assertThat(cuda.scratch(10)).isEqualTo(small);
        long large = cuda.scratch(1 << 20);
        assertThat(large % 256).isZero();
        assertThat(cuda.scratch(1 << 20)).isEqualTo(large);
    }

    @Test
    void neitherScratchGrowsNorHostDataMovesWhileLaunchesAreCaptured() {
        long before = cuda.scratch(1000);
        CUgraph graph = new CUgraph();
        try (CudaCopies copies = new CudaCopies(cuda, 1 << 10)) {
            cuda.synchronise();
            JCudaDriver.cuStreamBeginCapture(cuda.stream(), CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_RELAXED);
            assertThat(cuda.isCapturing()).isTrue();
            assertThat(cuda.scratch(900)).isEqualTo(before);
            assertThatThrownBy(() -> cuda.scratch(1 << 20))
                    .hasMessage("scratch memory cannot grow to 1048576 bytes while launches are captured; run them once"
                            + " before");
            assertThatThrownBy(() -> copies.upload(a, (slot, from, count) -> {}))
                    .hasMessage(
                            "upload: a (8) F32 cannot be copied from or to the host while launches are captured; copy"
                                    + " it before or after");
            launch();
            assertThat(JCudaDriver.cuStreamEndCapture(cuda.stream(), graph)).isZero();
            JCudaDriver.cuGraphDestroy(graph);
        }
        assertThat(cuda.isCapturing()).isFalse();
        assertThat(result()).containsOnly(0f);
    }

    @Test
    void timePassesBetweenEvents() {
        try (CudaEvent start = new CudaEvent();
                CudaEvent end = new CudaEvent()) {
            start.record(cuda.stream());
            launch();
            end.record(cuda.stream());
            end.synchronise();
            assertThat(end.elapsedMillis(start)).isBetween(0f, 60_000f);
        }
    }

    @Test
    void anotherThreadMayUseTheContextNext() throws InterruptedException {
        Thread thread = new Thread(this::launch);
        thread.start();
        thread.join();
        assertThat(result()).containsOnly(-1f);
    }
}
