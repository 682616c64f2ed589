package io.mambapkd.bench.variants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.emulator.EmulatedDriver.MemoryTraffic;
import io.mambapkd.emulator.ListedWork;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.SequenceTensors;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The kernels of {@code bench/kernels} touch exactly the bytes of global memory that their headers say: counted on the emulated driver. */
@Tag("variant")
class VariantTrafficTest {
    private static final int BATCH = 2;
    private static final int LENGTH = 3;
    private static final int CHANNELS = 5;
    private static final int STATES = 4;
    /** B L D. */
    private static final int ELEMENTS = 30;
    /** 2 B L N + D N + D of Dskip + D of the bias + B D N of the last state. */
    private static final int OTHERS = 48 + 20 + 5 + 5 + 40;

    private CudaBackend device;

    @BeforeEach
    void open() {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
        device = (CudaBackend) EmulatedDriver.open(EmulatedDriver.Build.CHECKED, 0);
    }

    @AfterEach
    void close() {
        if (device != null) {
            device.close();
        }
    }

    private static long bytes(Runnable launch) {
        EmulatedDriver.resetTraffic();
        launch.run();
        MemoryTraffic traffic = EmulatedDriver.traffic();
        assertThat(traffic.launches()).isOne();
        return traffic.uniqueLoadedBytes() + traffic.uniqueStoredBytes();
    }

    private static ScanOps.Inputs inputs(SequenceTensors tensors) {
        return new ScanOps.Inputs(
                tensors.activations(-1, 1, BATCH, LENGTH, CHANNELS),
                tensors.uniform(-1, 1, BATCH, LENGTH, CHANNELS),
                tensors.uniform(-2, -1, CHANNELS, STATES),
                tensors.uniform(-1, 1, BATCH, LENGTH, STATES),
                tensors.uniform(-1, 1, BATCH, LENGTH, STATES),
                tensors.uniform(-1, 1, CHANNELS),
                tensors.activations(-1, 1, BATCH, LENGTH, CHANNELS),
                tensors.uniform(-1, 1, CHANNELS));
    }

    @Test
    void theScanOverTheLanesOfAWarp() {
        for (SequenceTensors.Numbers numbers : SequenceTensors.Numbers.values()) {
            SequenceTensors tensors = new SequenceTensors(device, 1, numbers);
            ScanOps.Inputs in = inputs(tensors);
            Tensor y = tensors.unwrittenActivations(BATCH, LENGTH, CHANNELS);
            Tensor lastState = tensors.unwritten(BATCH, CHANNELS, STATES);
            ScanOps scan = ScanVariants.warp(device);
            int width = y.dtype().bytes();
            assertThat(bytes(() -> scan.forward(ScanOps.Options.MAMBA, in, y, lastState)))
                    .as("%s", numbers)
                    .isEqualTo(3L * width * ELEMENTS + 4L * (ELEMENTS + OTHERS));
        }
    }

    @Test
    void theGeneralScanTakesNoOtherKernelsWhereTheyWouldFit() {
        SequenceTensors tensors = new SequenceTensors(device, 2);
        Tensor rows = tensors.uniform(-1, 1, BATCH, LENGTH, 8);
        Tensor states = tensors.uniform(-1, 1, BATCH, LENGTH, 8);
        Tensor a = tensors.uniform(-2, -1, 8, 8);
        ScanOps.Inputs in = new ScanOps.Inputs(rows, rows, a, states, states, null, null, null);
        Tensor out = tensors.zeros(BATCH, LENGTH, 8);
        ScanOps.Gradients gradients = new ScanOps.Gradients(
                out,
                tensors.zeros(BATCH, LENGTH, 8),
                tensors.zeros(8, 8),
                tensors.zeros(BATCH, LENGTH, 8),
                tensors.zeros(BATCH, LENGTH, 8),
                null,
                null,
                null);
        assertThat(launched(device.scan(), in, out, gradients))
                .containsExactly(
                        "selective_scan_pair_fwd_n8_f32", "selective_scan_tile_n8_w1_f32", "reduce_columns_add_f32");
        assertThat(launched(ScanVariants.general(device), in, out, gradients))
                .containsExactly("selective_scan_fwd_n8_f32", "selective_scan_bwd_n8_f32", "reduce_columns_add_f32");
    }

    private static List<String> launched(ScanOps scan, ScanOps.Inputs in, Tensor y, ScanOps.Gradients gradients) {
        ListedWork.start(ListedWork.Mode.LISTED);
        try {
            scan.forward(ScanOps.Options.MAMBA, in, y, null);
            scan.backward(ScanOps.Options.MAMBA, in, in.u(), gradients);
            return ListedWork.take().stream().map(ListedWork::name).toList();
        } finally {
            ListedWork.start(ListedWork.Mode.NOT_LISTED);
        }
    }

    @Test
    void theCeilings() {
        SequenceTensors tensors = new SequenceTensors(device, 3);
        DeviceCeilings ceilings = new DeviceCeilings(device);
        Tensor source = tensors.uniform(-1, 1, 40);
        Tensor target = tensors.zeros(40);
        assertThat(bytes(() -> ceilings.copy(source, target))).isEqualTo(32 * 10);
        assertThat(tensors.values(target)).isEqualTo(tensors.values(source));
        Tensor sums = tensors.zeros(ceilings.threads());
        Tensor cycles = tensors.zeros(ceilings.blocks());
        assertThat(bytes(() -> ceilings.exps(40, sums, cycles))).isEqualTo(1028L * ceilings.blocks());
        // Eight chains in each thread that come to where x = 2^-x.
        assertThat(tensors.values(sums)[ceilings.threads() - 1]).isBetween(8 * 0.641185f, 8 * 0.641187f);
        assertThat(tensors.values(cycles)[ceilings.blocks() - 1]).isPositive();
        assertThat(bytes(ceilings::empty)).isZero();
    }

    /** 40 rounds, so that chains have gone round: lane 5 holds the values of lane 45 mod 32, and chain c ends at vector 8 + c. */
    @Test
    void shufflesAndBroadcastsArriveWhereTheirChainsEnd() {
        SequenceTensors tensors = new SequenceTensors(device, 4);
        DeviceCeilings ceilings = new DeviceCeilings(device);
        Tensor sums = tensors.zeros(ceilings.threads());
        Tensor cycles = tensors.zeros(ceilings.blocks());
        assertThat(ceilings.warpCount(40)).isEqualTo(ceilings.blocks() * 8L * 8 * 40);
        assertThat(bytes(() -> ceilings.shuffles(40, sums, cycles))).isEqualTo(1028L * ceilings.blocks());
        int last = ceilings.threads() - 32;
        // Lane 13 began with 8 * 13 + 0 to 8 * 13 + 7.
        assertThat(tensors.values(sums)[last + 5]).isEqualTo(8 * 8 * 13 + 28);
        assertThat(tensors.values(sums)[last + 31]).isEqualTo(8 * 8 * 7 + 28);
        assertThat(tensors.values(cycles)[ceilings.blocks() - 1]).isPositive();
        device.zero(cycles);
        assertThat(bytes(() -> ceilings.broadcasts(40, sums, cycles))).isEqualTo(1028L * ceilings.blocks());
        // Vector e is (e + 1, 32 + e, 64 + e, 96 + e): 193 + 4 e for each e from 8 to 15.
        assertThat(tensors.values(sums)[last + 5]).isEqualTo(8 * 193 + 4 * (8 + 9 + 10 + 11 + 12 + 13 + 14 + 15));
        assertThat(tensors.values(cycles)[ceilings.blocks() - 1]).isPositive();
    }
}
