package io.mambapkd.bench.sass;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Cycles of a warp alone, of loops written by hand with the encodings of their schedules. */
class LatencyTest {
    private static final int NONE = 7;
    private static final String LOOP_BACK = line("@P1 BRA `(.L_x_1)", 5, NONE, NONE, 0);

    /** An instruction as nvdisasm writes it: the upper half of its encoding in a line of its own. */
    private static String line(String text, int stall, int writes, int reads, int waits) {
        long schedule = stall | writes << 5 | reads << 8 | waits << 11;
        return String.format(
                Locale.ROOT,
                "        /*0000*/   %s ;   /* 0x0000000000007b82 */%n             /* 0x%016x */",
                text,
                schedule << 41 | 0x1a00);
    }

    private static LoopCount loop(String... lines) {
        String code = Stream.concat(
                        Stream.of("\t.section\t.text.loop,\"ax\",@progbits", ".L_x_1:"), Arrays.stream(lines))
                .collect(Collectors.joining("\n"));
        return LoopCount.of(code + "\n" + LOOP_BACK + "\n" + line("EXIT", 5, NONE, NONE, 0) + "\n")
                .get(1);
    }

    private static String load(int barrier) {
        return line("LDG.E R3, desc[UR4][R2.64]", 1, barrier, NONE, 0);
    }

    private static String add(int waits) {
        return line("FADD R4, R3, R4", 4, NONE, NONE, waits);
    }

    @Test
    void aScheduleIsReadFromTheUpperHalf() {
        // Of nvdisasm -hex: S2R R100, SR_TID.X falls barrier 0; MUFU.RCP R0, R0 waits for barrier 1 and falls it again;
        // FFMA of the next cycle but three.
        assertThat(Schedule.of(0x000e220000002100L)).isEqualTo(new Schedule(1, 0, NONE, 0));
        assertThat(Schedule.of(0x002e6e0000001000L)).isEqualTo(new Schedule(7, 1, NONE, 2));
        assertThat(Schedule.of(0x000fc80000000000L)).isEqualTo(new Schedule(4, NONE, NONE, 0));
    }

    @Test
    void instructionsThatAlwaysTakeTheSameTimeTakeTheirStalls() {
        assertThat(loop(add(0), add(0)).latency()).isEqualTo(4 + 4 + 5);
    }

    @Test
    void aLoadThatIsUsedAtOnceTakesItsLatency() {
        LoopCount loop = loop(load(0), add(1));
        assertThat(loop.latency()).isEqualTo(Latency.MEMORY + 4 + 5);
        assertThat(loop.cachedLatency()).isEqualTo(Latency.CACHED + 4 + 5);
    }

    @Test
    void aLoadAheadOfEnoughWorkCostsNothing() {
        List<String> work = Collections.nCopies(300, add(0));
        String[] ahead =
                Stream.concat(Stream.of(add(1), load(0)), work.stream()).toArray(String[]::new);
        assertThat(loop(ahead).latency()).isEqualTo(4 + 1 + 300 * 4 + 5);
        String[] atOnce =
                Stream.concat(Stream.of(load(0), add(1)), work.stream()).toArray(String[]::new);
        assertThat(loop(atOnce).latency()).isEqualTo(Latency.MEMORY + 4 + 300 * 4 + 5);
    }

    @Test
    void aBarrierThatSeveralShareFallsWithTheLastOfThem() {
        String tenLater = line("LDG.E R3, desc[UR4][R2.64]", 10, 2, NONE, 0);
        assertThat(loop(tenLater, load(2), add(4)).latency()).isEqualTo(10 + Latency.MEMORY + 4 + 5);
        String sooner = line("SHFL.BFLY PT, R5, R4, 0x10, 0x1f", 1, 2, NONE, 0);
        assertThat(loop(tenLater, sooner, add(4)).latency()).isEqualTo(Latency.MEMORY + 4 + 5);
        // What waits for another barrier does not wait for these.
        assertThat(loop(tenLater, load(2), add(8)).latency()).isEqualTo(10 + 1 + 4 + 5);
    }

    @Test
    void specialFunctionsStartEightCyclesApart() {
        String special = line("MUFU.EX2 R4, R3", 1, NONE, NONE, 0);
        assertThat(loop(special, special, special).latency()).isEqualTo(3 * 8);
    }

    @Test
    void operandsAreReadLongBeforeAResultIsThere() {
        String store = line("STG.E desc[UR4][R2.64], R4", 1, NONE, 3, 0);
        assertThat(loop(store, add(8)).latency()).isGreaterThan(1 + 4 + 5).isLessThan(Latency.CACHED / 2);
    }

    private static LoopCount straight(String... lines) {
        return LoopCount.of("\t.section\t.text.straight,\"ax\",@progbits\n" + String.join("\n", lines) + "\n"
                        + line("EXIT", 5, NONE, NONE, 0) + "\n")
                .get(0);
    }

    @Test
    void whatIsInNoLoopTakesItsTimeOnce() {
        assertThat(straight(add(0), add(0)).latency()).isEqualTo(4 + 4 + 5);
        assertThat(straight(load(0), add(1)).latency()).isEqualTo(Latency.MEMORY + 4 + 5);
    }

    @Test
    void whatIsInNoLoopWaitsForMemoryOnce() {
        LoopCount twice = straight(load(0), add(1), load(0), add(1));
        assertThat(twice.cachedLatency()).isEqualTo(2 * (Latency.CACHED + 4) + 5);
        assertThat(twice.latency()).isEqualTo(Latency.MEMORY + Latency.CACHED + 2 * 4 + 5);
    }
}
