package io.mambapkd.ops.cuda.assembly;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.ops.cuda.driver.DeferredSums.Sum;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AssemblyTableTest {
    private static Sum sum(int first, int elements, int rows) {
        return new Sum(first, elements, 4096, rows, elements, 0);
    }

    private static AssemblyTable.Range range(int from, int end, boolean adds, Sum... sums) {
        return new AssemblyTable.Range(from, end, adds, List.of(sums));
    }

    private static BitSet reached(int... borders) {
        BitSet reached = new BitSet();
        for (int i = 0; i < borders.length; i += 2) {
            reached.set(borders[i], borders[i + 1]);
        }
        return reached;
    }

    @Test
    void sumsThatOverlapAreCutWhereOneBeginsOrEnds() {
        Sum first = sum(16, 40, 3);
        Sum second = sum(32, 40, 5);
        AssemblyTable table = AssemblyTable.of(List.of(first, second), reached());
        assertThat(table.ranges())
                .containsExactly(
                        range(16, 32, false, first), range(32, 56, false, first, second), range(56, 72, false, second));
        assertThat(table.zeroed()).isEmpty();
    }

    /** Gaps between gradients that operations add to are part of one range; nothing is said of what no operation reaches. */
    @Test
    void onlyWhatOperationsReachIsSetToZero() {
        Sum alone = sum(64, 10, 3);
        Sum beside = sum(112, 8, 3);
        AssemblyTable table = AssemblyTable.of(List.of(beside, alone), reached(16, 21, 32, 40, 100, 116));
        assertThat(table.ranges())
                .containsExactly(
                        range(16, 40, true),
                        range(64, 74, false, alone),
                        range(100, 112, true),
                        range(112, 116, true, beside),
                        range(116, 120, false, beside));
        assertThat(table.zeroed()).containsExactly(range(16, 40, true), range(100, 116, true));
    }

    @Test
    void whatIsReachedOnBothSidesOfASumIsNotJoined() {
        Sum between = sum(16, 16, 3);
        assertThat(AssemblyTable.of(List.of(between), reached(0, 16, 32, 48)).zeroed())
                .containsExactly(range(0, 16, true), range(32, 48, true));
    }

    /** Eight rows for a thread, as long as that leaves eight columns or more for a block of 512 threads. */
    @ParameterizedTest
    @CsvSource({"1, 512", "8, 512", "9, 256", "16, 256", "17, 128", "64, 64", "264, 8", "513, 8", "100000, 8"})
    void manyRowsHaveManyThreads(int rows, int columns) {
        AssemblyTable table = AssemblyTable.of(List.of(sum(0, 1025, 1), sum(0, 1025, rows)), reached());
        assertThat(table.tiles()).isEqualTo((1025 + columns - 1) / columns);
    }

    @Test
    void tilesAreNumberedThroughAllRanges() {
        AssemblyTable table = AssemblyTable.of(List.of(sum(0, 1024, 1), sum(1040, 1, 1)), reached(2000, 4048 + 1));
        assertThat(table.tileRanges()).containsExactly(0, 0, 1, 2, 2);
        int[] words = table.rangeWords();
        assertThat(words).containsExactly(0, 1024, 0, 9, 0, 1, 0, 1040, 1, 2, 9, 1, 1, 0, 2000, 2049, 3, 11, 2, 0, 1);
    }

    /** Rows may lie far from the gradients, before or behind them. */
    @Test
    void placesAreDistancesInFloats() {
        long gradients = 1L << 40;
        Sum behind = new Sum(8, 8, gradients + (4L << 33), 7, 12, gradients - 400);
        Sum before = new Sum(12, 8, gradients - 4, 5, 9, 0);
        AssemblyTable table = AssemblyTable.of(List.of(behind, before), reached());
        assertThat(table.sumWords(gradients))
                .containsExactly(
                        0, 2, -100, -1, 7, 12, // the first four of one
                        4, 2, -96, -1, 7, 12, // its others, to which the first of the other are added
                        -1, -1, 0, 0, 5, 9, // which begins there
                        3, 0, 0, 0, 5, 9);
    }
}
