package io.mambapkd.bench.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.bench.sass.CountedLoop;
import io.mambapkd.bench.sass.Kind;
import io.mambapkd.bench.sass.LoopCount;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Times of launches on a device of round numbers: 10 multiprocessors, 1000 MHz, 1000 GB/s, a microsecond from node to node. */
class KernelModelTest {
    private static final Device DEVICE = new Device(
            "round",
            "sm_90",
            Map.ofEntries(
                    Map.entry("multiprocessors", 10.0),
                    Map.entry("clock", 1000.0),
                    Map.entry("copy", 1000.0),
                    Map.entry("node", 1000.0),
                    Map.entry("schedulers", 4.0),
                    Map.entry("mufu", 16.0),
                    Map.entry("shuffle", 1.0),
                    Map.entry("broadcast", 0.5),
                    Map.entry("registers", 65536.0),
                    Map.entry("warps", 64.0),
                    Map.entry("blocks", 32.0),
                    Map.entry("shared", 228.0)));
    private static final double IDLE = 1 + KernelModel.RAMP;

    private static KernelModel model(int registers, Map<Kind, Integer> straight, Map<Kind, Integer> loop) {
        return model(registers, straight, loop, 0, false);
    }

    /** @param latency of an iteration, and of what is in no loop; a tenth with loads from caches */
    private static KernelModel model(
            int registers, Map<Kind, Integer> straight, Map<Kind, Integer> loop, int latency, boolean cached) {
        LoopCount own = new LoopCount("kernel", 1, 1, 0, latency, latency / 10, loop);
        CountedLoop steps = new CountedLoop("kernel", "steps", Kind.ALU, 1, 1, "2 warps", cached);
        LoopCount once = new LoopCount("kernel", 0, 0, 0, latency, latency / 10, straight);
        return new KernelModel(
                DEVICE,
                new Tables(
                        Map.of("kernel", List.of(once, own)),
                        Map.of("kernel", List.of(new Tables.Work(steps, own))),
                        Map.of("kernel sm_90", new Tables.Resources(registers, 1024))));
    }

    private static PlannedWork launch(long blocks, int threads, int shared) {
        return new PlannedWork("kernel", "kernel", blocks, threads, shared, 0, 1, List.of());
    }

    @Test
    void registersSharedMemoryAndWarpsLimitTheBlocksThatFit() {
        KernelModel model = model(100, Map.of(), Map.of());
        // 104 registers x 128 threads: 4 of 65536. With 1 + 1 KiB and 54 KiB: 4 of 228; with 56 KiB: 3.
        assertThat(model.residentBlocks(launch(1, 128, 0), 4)).isEqualTo(4);
        assertThat(model.residentBlocks(launch(1, 128, 56 * 1024), 4)).isEqualTo(3);
        assertThat(model(16, Map.of(), Map.of()).residentBlocks(launch(1, 512, 0), 16))
                .isEqualTo(4);
        assertThat(model(16, Map.of(), Map.of()).residentBlocks(launch(1, 32, 0), 1))
                .isEqualTo(32);
    }

    @Test
    void aWarpTakesTheLatencyOfItsLoops() {
        // 2000 once and in each of two iterations.
        KernelModel.Time time = model(32, Map.of(), Map.of(), 2000, false).launch(launch(1, 32, 0), 0);
        assertThat(time.compute()).isCloseTo(6, within(1e-9));
        assertThat(time.microseconds()).isCloseTo(6 + IDLE, within(1e-9));
        assertThat(time.limit()).isEqualTo(KernelModel.Limit.WARP);
        // Loads of the loop from caches: 2000 once, 200 in each iteration.
        assertThat(model(32, Map.of(), Map.of(), 2000, true)
                        .launch(launch(1, 32, 0), 0)
                        .compute())
                .isCloseTo(2.4, within(1e-9));
    }

    @Test
    void blocksTogetherHaveTheLatencyOfOneAndOverlapItInPart() {
        // 16 warps on a scheduler, each 900 instructions, 0.9 a cycle: 16 us; the latency 12 us.
        KernelModel.Time time = model(32, Map.of(Kind.ALU, 300), Map.of(Kind.ALU, 300), 4000, false)
                .launch(launch(80, 256, 0), 0);
        assertThat(time.compute()).isCloseTo(20, within(1e-9));
        assertThat(time.limit()).isEqualTo(KernelModel.Limit.ISSUE);
    }

    @Test
    void manyWarpsShareTheSchedulers() {
        // 16 warps on a scheduler, each 1000 instructions, 0.9 a cycle.
        KernelModel.Time time =
                model(32, Map.of(Kind.ALU, 400), Map.of(Kind.ALU, 300)).launch(launch(80, 256, 0), 0);
        assertThat(time.compute()).isCloseTo(16 / KernelModel.ISSUED, within(1e-9));
        assertThat(time.limit()).isEqualTo(KernelModel.Limit.ISSUE);
    }

    @Test
    void blocksBeyondTheResidentOnesComeInAWaveOfTheirOwn() {
        KernelModel model = model(32, Map.of(Kind.ALU, 400), Map.of(Kind.ALU, 300));
        double wave = model.launch(launch(80, 256, 0), 0).compute();
        assertThat(model.launch(launch(160, 256, 0), 0).compute()).isCloseTo(2 * wave, within(1e-9));
        // One block more, alone on its multiprocessor: 2 of 16 warps on a scheduler.
        assertThat(model.launch(launch(81, 256, 0), 0).compute()).isCloseTo(wave * 9 / 8, within(1e-9));
    }

    @Test
    void specialFunctionsAndSharedMemoryLimitWhatIsMadeOfThem() {
        KernelModel.Time special = model(32, Map.of(Kind.MUFU, 400), Map.of(Kind.ALU, 0, Kind.MUFU, 300))
                .launch(launch(80, 256, 0), 0);
        assertThat(special.compute()).isCloseTo(1000 * 2 * 64 * 1e-3, within(1e-9));
        assertThat(special.limit()).isEqualTo(KernelModel.Limit.MUFU);
        KernelModel.Time shared =
                model(32, Map.of(Kind.SHFL, 100, Kind.LDS, 100), Map.of()).launch(launch(80, 256, 0), 0);
        assertThat(shared.compute()).isCloseTo((100 + 200) * 64 * 1e-3, within(1e-9));
        assertThat(shared.limit()).isEqualTo(KernelModel.Limit.SHARED);
    }

    @Test
    void memoryAndInstructionsOverlapInPart() {
        KernelModel.Time time =
                model(32, Map.of(Kind.ALU, 400), Map.of(Kind.ALU, 300)).launch(launch(80, 256, 0), 100e6);
        assertThat(time.memory()).isCloseTo(100, within(1e-9));
        assertThat(time.microseconds()).isCloseTo(Math.hypot(100, time.compute()) + IDLE, within(1e-9));
        assertThat(time.limit()).isEqualTo(KernelModel.Limit.MEMORY);
    }

    @Test
    void aLaunchWithNothingToDoTakesANode() {
        KernelModel.Time time = model(32, Map.of(Kind.ALU, 10), Map.of()).launch(launch(1, 32, 0), 0);
        assertThat(time.limit()).isEqualTo(KernelModel.Limit.NODE);
    }
}
