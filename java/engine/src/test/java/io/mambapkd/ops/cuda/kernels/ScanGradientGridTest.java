package io.mambapkd.ops.cuda.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The grids of the scan's gradients hold as many blocks as an H100 does at once, by the registers that ptxas told and the shared memory of a launch. */
class ScanGradientGridTest {
    private static final int MULTIPROCESSORS = 132;

    /** Of a multiprocessor of compute capability 9.0: CUDA C++ programming guide, table of technical specifications. */
    private static final int REGISTERS = 65536;

    private static final int SHARED_BYTES = 228 * 1024;
    private static final int SHARED_BYTES_OF_THE_DRIVER = 1024;

    private static int resident(String kernel, int threads, int sharedBytes) throws IOException {
        List<String> lines = Files.readAllLines(Checkout.path("kernels-build/budgets.tsv")).stream()
                .filter(line -> line.startsWith(kernel + "\tsm_90\t"))
                .toList();
        assertThat(lines).as(kernel).hasSize(1);
        int registers = Integer.parseInt(lines.get(0).split("\t", -1)[2]);
        // A warp takes registers in units of 256.
        int byRegisters = REGISTERS / ((registers * 32 + 255) / 256 * 256 * (threads / 32));
        return Math.min(byRegisters, SHARED_BYTES / (sharedBytes + SHARED_BYTES_OF_THE_DRIVER));
    }

    private static void fillsTheDevice(int blocks, int gridRows, int resident, String name) {
        assertThat(blocks * gridRows)
                .as(name + " with " + resident + " blocks on a multiprocessor")
                .isLessThanOrEqualTo(MULTIPROCESSORS * resident)
                .isGreaterThan(MULTIPROCESSORS * resident - gridRows);
    }

    @Test
    void tilesFillTheDeviceOnce() throws IOException {
        for (String type : List.of("f32", "bf16")) {
            for (int length : new int[] {1, 28, 49, 52, 64, 256, 2049}) {
                for (int states : new int[] {5, 8, 9, 16}) {
                    for (int channels : new int[] {4, 32, 64, 128, 256, 1024}) {
                        TileShape shape = new TileShape(100_000, length, channels, states, 1);
                        String kernel = "selective_scan_tile_" + TileShape.ENTRIES.get(shape.entry()) + "_" + type;
                        int resident = resident(kernel, 32 * shape.warps(), shape.sharedBytes());
                        fillsTheDevice(shape.blocks(), shape.gridRows(), resident, kernel + " " + shape);
                    }
                }
            }
        }
    }

    /** S1 to S4 of bench kernels: 12 warps on every multiprocessor. */
    @Test
    void tilesOfTheMeasuredSizesHaveTwelveWarpsAMultiprocessor() {
        for (TileShape shape : List.of(
                new TileShape(4096, 28, 32, 8, 1),
                new TileShape(4096, 49, 64, 16, 1),
                new TileShape(1024, 64, 256, 16, 1),
                new TileShape(512, 256, 256, 16, 1))) {
            assertThat(shape.blocks() * shape.gridRows() * shape.warps())
                    .as(shape.toString())
                    .isEqualTo(12 * MULTIPROCESSORS);
        }
    }

    @Test
    void noBlockOfTilesTakesMoreSharedMemoryThanTheMostThatIsAskedOfADevice() {
        int most = 0;
        for (int length : new int[] {1, 28, 51, 52, 53, 2049}) {
            for (int states = 5; states <= 16; states++) {
                for (int channels = 4; channels <= 260; channels += 4) {
                    most = Math.max(most, new TileShape(1, length, channels, states, 1).sharedBytes());
                }
            }
        }
        assertThat(most).isEqualTo(TileShape.MOST_SHARED_BYTES);
    }

    @Test
    void tilesOfFewSamplesHaveABlockForEach() {
        assertThat(new TileShape(3, 28, 32, 8, 1).blocks()).isEqualTo(3);
    }

    @Test
    void scansByChannelsFillTheDeviceOnce() throws IOException {
        for (int states : new int[] {1, 2, 4, 8, 16, 33}) {
            for (int length : new int[] {1, 28, 64, 300}) {
                for (int channels : new int[] {5, 33, 65, 257}) {
                    int lanes = states > 8 ? 2 : 1;
                    int warps = channels * lanes <= 32 ? 1 : channels * lanes <= 64 ? 2 : 4;
                    ScanShape shape = new ScanShape(100_000, length, channels, states, 1, lanes, warps);
                    boolean keptShared = shape.keptInSharedMemory(227 * 1024);
                    String kernel = "selective_scan_bwd_" + ScanShape.ENTRIES.get(shape.entry()) + "_f32";
                    int resident = resident(kernel, 128, shape.sharedBytes(keptShared));
                    fillsTheDevice(shape.gradientBlocks(keptShared), shape.gridRows(), resident, kernel + " " + shape);
                }
            }
        }
    }
}
