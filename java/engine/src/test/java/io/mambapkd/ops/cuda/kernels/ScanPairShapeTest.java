package io.mambapkd.ops.cuda.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScanPairShapeTest {
    /** Of a multiprocessor of compute capability 9.0: CUDA C++ programming guide, table of technical specifications. */
    private static final int REGISTERS = 65536;

    private static final int SHARED_BYTES = 228 * 1024;
    private static final int SHARED_BYTES_OF_THE_DRIVER = 1024;
    private static final int RESIDENT = 4;

    @Test
    void registersAndSharedMemoryLeaveRoomForFourBlocks() throws IOException {
        List<String> pairs = Files.readAllLines(Path.of("../../kernels-build/budgets.tsv")).stream()
                .filter(line -> line.startsWith("selective_scan_pair_fwd_") && line.contains("\tsm_90\t"))
                .toList();
        assertThat(pairs).hasSize(2 * ScanPairShape.ENTRIES.size());
        for (String line : pairs) {
            String[] columns = line.split("\t", -1);
            int registers = Integer.parseInt(columns[2]);
            // A warp takes registers in units of 256.
            int ofABlock = (registers * 32 + 255) / 256 * 256 * (ScanPairShape.BLOCK / 32);
            assertThat(REGISTERS / ofABlock).as(line).isGreaterThanOrEqualTo(RESIDENT);
            assertThat(columns[4]).as("static shared bytes of " + line).isEqualTo("0");
        }
        for (int states : new int[] {1, 4, 5, 8, 9, 16}) {
            for (int length : new int[] {1, 28, 51, 52, 53, 2049}) {
                for (int width = 2; width <= 600; width += 2) {
                    ScanPairShape shape = new ScanPairShape(4096, length, width, states, 1);
                    assertThat(RESIDENT * (shape.sharedBytes() + SHARED_BYTES_OF_THE_DRIVER))
                            .as(shape.toString())
                            .isLessThanOrEqualTo(SHARED_BYTES);
                }
            }
        }
    }

    @Test
    void threadsCoverEveryPairOfEverySampleOnce() {
        for (int width = 2; width <= 1100; width += 2) {
            for (int batch : new int[] {1, 2, 9, 4096}) {
                ScanPairShape shape = new ScanPairShape(batch, 28, width, 8, 1);
                assertThat(shape.slots() * shape.threads()).isBetween(1, ScanPairShape.BLOCK);
                int pairs = shape.threads() * shape.chunks();
                assertThat(pairs).isGreaterThanOrEqualTo(width / 2).isLessThan(width / 2 + shape.chunks());
                assertThat(shape.sampleBlocks() * shape.slots())
                        .isGreaterThanOrEqualTo(batch)
                        .isLessThan(batch + shape.slots());
            }
        }
    }

    @Test
    void blocksAreFullWhereChannelsAreAPowerOfTwo() {
        for (int width : new int[] {32, 64, 128, 256, 512}) {
            for (int states : new int[] {4, 8, 16}) {
                ScanPairShape shape = new ScanPairShape(4096, 64, width, states, 1);
                assertThat(shape.slots() * shape.threads()).as(shape.toString()).isEqualTo(ScanPairShape.BLOCK);
            }
        }
    }

    @Test
    void theEntryIsTheSmallestThatHoldsAllStates() {
        String[] expected = {"n4", "n4", "n8", "n8", "n16", "n16"};
        int[] states = {1, 4, 5, 8, 9, 16};
        for (int i = 0; i < states.length; i++) {
            ScanPairShape shape = new ScanPairShape(1, 1, 2, states[i], 1);
            assertThat(ScanPairShape.ENTRIES.get(shape.entry())).isEqualTo(expected[i]);
        }
    }
}
