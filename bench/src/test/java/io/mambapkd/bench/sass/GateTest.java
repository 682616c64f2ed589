package io.mambapkd.bench.sass;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the gate of counted instructions lets pass. */
class GateTest {
    private static final String LOOPS = "kernel\tloop\tkind\trank\twarp steps\titerations\tlimit\tloads\n";
    private static final Map<String, String> PTX = Map.of("compute_80/scan.ptx", "aa");

    private static CountTable table(int spills) {
        return new CountTable(
                new TreeMap<>(PTX),
                List.of(
                        new LoopCount("scan_f32", 0, 0, 0, 50, 40, Map.of(Kind.ALU, 9, Kind.LOCAL, 5)),
                        new LoopCount("scan_f32", 1, 1, 0, 300, 300, Map.of(Kind.ALU, 90)),
                        new LoopCount("scan_f32", 2, 2, 0, 900, 200, Map.of(Kind.MUFU, 8, Kind.FMA, 12)),
                        new LoopCount(
                                "scan_f32",
                                3,
                                2,
                                7,
                                1500,
                                250,
                                Map.of(Kind.MUFU, 30, Kind.FMA, 10 - spills, Kind.LOCAL, spills))));
    }

    private static List<String> problems(CountTable table, String... lines) {
        return Gate.problems(table, CountedLoop.parse(LOOPS + String.join("\n", lines), "loops.tsv"), PTX);
    }

    @Test
    void loopsWithinTheirLimitTogetherPass() {
        // 40 / 4 + 20 / 1 instructions.
        assertThat(problems(
                        table(0),
                        "scan_f32\tfirst\tmufu\t2\t1\twarps\t-",
                        "scan_f32\tsecond\tmufu\t1\t4\twarps\t-",
                        "scan_f32\tall\t-\t-\t-\t-\t30"))
                .isEmpty();
    }

    @Test
    void loopsOverTheirLimitAreNamedWithBothNumbers() {
        assertThat(problems(
                        table(0),
                        "scan_f32\tfirst\tmufu\t2\t1\twarps\t-",
                        "scan_f32\tsecond\tmufu\t1\t4\twarps\t-",
                        "scan_f32\tall\t-\t-\t-\t-\t29.5"))
                .containsExactly("scan_f32: 30.0 instructions for a warp-step, its limit is 29.5");
    }

    @Test
    void aLimitWithoutALoopIsNamed() {
        assertThat(problems(table(0), "scan_f32\tall\t-\t-\t-\t-\t29.5"))
                .containsExactly("scan_f32: has a limit and no loop in loops.tsv");
    }

    @Test
    void aLoopThatSpillsIsNamed() {
        assertThat(problems(table(2), "scan_f32\tsecond\tmufu\t1\t4\twarps\t-"))
                .singleElement()
                .asString()
                .startsWith("scan_f32, loop 'second': 2 instructions of local memory");
    }

    @ParameterizedTest
    @ValueSource(strings = {"scan_f32\tthird\tmufu\t3\t1\twarps\t-", "scan_bf16\tfirst\tmufu\t1\t1\twarps\t-"})
    void aLoopThatIsNotThereIsNamed(String line) {
        assertThat(problems(table(0), line)).singleElement().asString().contains("no line in the table", "make counts");
    }

    @Test
    void otherPtxThanWasCountedIsNamed() {
        CountedLoop.File loops = CountedLoop.parse(LOOPS, "loops.tsv");
        assertThat(Gate.problems(table(0), loops, Map.of("compute_80/scan.ptx", "bb")))
                .containsExactly("compute_80/scan.ptx is not the PTX that was counted; run make counts");
        assertThat(Gate.problems(table(0), loops, Map.of("compute_80/scan.ptx", "aa", "compute_90/scan.ptx", "cc")))
                .containsExactly("compute_90/scan.ptx is not the PTX that was counted; run make counts");
        assertThat(Gate.problems(table(0), loops, Map.of()))
                .containsExactly("compute_80/scan.ptx was counted and is no longer loaded; run make counts");
    }

    @Test
    void aLoopWhoseLoadsAreCachedHasTheLatencyOfCaches() {
        CountedLoop.File file = CountedLoop.parse(
                LOOPS + "scan_f32\tfirst\tmufu\t2\t1\twarps\t-\nscan_f32\tsecond\tmufu\t1\t4\twarps\t-\tcached",
                "loops.tsv");
        assertThat(file.loops())
                .extracting(loop -> loop.latency(loop.in(table(0)).orElseThrow()))
                .containsExactly(900, 250);
    }

    @Test
    void aTableReadsBackTheSame() {
        CountTable table = table(1);
        assertThat(CountTable.parse(table.text(), "counts.tsv")).isEqualTo(table);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "scan_f32",
                "scan_f32\tfirst\tmufu\tx\t1\twarps\t-",
                "scan_f32\tfirst\tfast\t1\t1\twarps\t-",
                "scan_f32\tfirst\tmufu\t1\t1\twarps\t-\tsoon"
            })
    void aLineOfLoopsThatIsNoneIsNamed(String line) {
        assertThatThrownBy(() -> CountedLoop.parse(LOOPS + line, "loops.tsv"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(line);
    }

    @Test
    void aLineOfCountsWhoseSumIsWrongIsNamed() {
        String text = table(0).text().replace("scan_f32\t1\t1\t0\t300\t300\t90\t", "scan_f32\t1\t1\t0\t300\t300\t91\t");
        assertThatThrownBy(() -> CountTable.parse(text, "counts.tsv"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("make counts");
    }
}
