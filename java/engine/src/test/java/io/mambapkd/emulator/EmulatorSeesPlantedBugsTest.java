package io.mambapkd.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.emulator.EmulatedDriver.Build;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whether the emulated driver sees what it is there to see: each test runs a kernel with one planted bug ({@code kernels-build/emulator/selftest}), in
 * a process of its own because faults are sticky, and reads the report.
 */
class EmulatorSeesPlantedBugsTest {
    private static final int ASCENDING = 0;
    private static final int DESCENDING = 1;

    private static final int SUCCESS = 0;
    private static final int ILLEGAL_ADDRESS = 700;
    private static final int MISALIGNED_ADDRESS = 716;
    private static final int LAUNCH_FAILED = 719;

    private static final Path PROGRAM = EmulatedDriver.library().resolveSibling(Path.of("selftest", "selftest"));

    @BeforeEach
    void needsTheEmulatedDriver() {
        assumeTrue(Files.isExecutable(PROGRAM), EmulatedDriver.HOW_TO_BUILD);
    }

    @ParameterizedTest
    @CsvSource({"PLAIN, 0", "PLAIN, 1", "PLAIN, 2", "PLAIN, 3", "CHECKED, 0", "CHECKED, 1", "CHECKED, 2", "CHECKED, 3"})
    void kernelsWithoutABugComputeTheRightNumbersInSilence(Build build, int schedule) throws Exception {
        assertThat(run("clean", build, schedule))
                .endsWith(code("clean", SUCCESS))
                .doesNotContain("clean_");
    }

    @Test
    void aMissingBarrierIsARaceBetweenTwoLines() throws Exception {
        assertThat(run("missing_barrier", Build.CHECKED, ASCENDING))
                .contains(
                        "missing_barrier, block (0,0,0), thread (32,0,0): RACE: reads 4 bytes",
                        "that thread (0,0,0) wrote at planted.cu:")
                .contains("with no barrier in between: shared memory, missing_barrier::red + 0")
                .endsWith(code("missing_barrier", LAUNCH_FAILED));
    }

    @Test
    void aMissingBarrierChangesTheResultWithTheOrderOfTheWarps() throws Exception {
        String ascending = run("missing_barrier", Build.PLAIN, ASCENDING);
        assertThat(ascending).contains("out[255] is ");
        assertThat(run("missing_barrier", Build.PLAIN, DESCENDING)).isNotEqualTo(ascending);
    }

    @Test
    void lanesThatExchangeWithoutAWarpBarrierRace() throws Exception {
        assertThat(run("missing_warp_barrier", Build.CHECKED, ASCENDING))
                .contains("RACE: ", "missing_warp_barrier::tile")
                .endsWith(code("missing_warp_barrier", LAUNCH_FAILED));
    }

    @Test
    void aShuffleIsNoBarrierForTheMemoryThatLanesExchange() throws Exception {
        assertThat(run("shuffle_for_a_barrier", Build.CHECKED, ASCENDING))
                .contains("RACE: ", "shuffle_for_a_barrier::tile")
                .endsWith(code("shuffle_for_a_barrier", LAUNCH_FAILED));
    }

    @Test
    void blocksThatAddToOneNumberWithoutAtomicsRace() throws Exception {
        assertThat(run("racing_blocks", Build.CHECKED, ASCENDING))
                .contains(
                        "RACE: writes 4 bytes",
                        "a thread of another block",
                        "with no order in between: allocation 3 (4 bytes")
                .endsWith(code("racing_blocks", LAUNCH_FAILED));
    }

    @ParameterizedTest
    @EnumSource(Build.class)
    void aWriteOnePastTheEndNamesTheAllocation(Build build) throws Exception {
        assertThat(run("past_the_end", build, ASCENDING))
                .contains(
                        "past_the_end, block (0,0,0), thread (64,0,0): ILLEGAL ADDRESS: writes",
                        "allocation 3 (256 bytes at")
                .contains("0 bytes past its end at planted.cu:")
                .endsWith(code("past_the_end", ILLEGAL_ADDRESS));
    }

    @Test
    void aWriteIntoTheSlackBehindAnAllocationIsFoundToTheByte() throws Exception {
        assertThat(run("past_the_end_in_slack", Build.CHECKED, ASCENDING))
                .contains("thread (60,0,0): ILLEGAL ADDRESS: writes 4 bytes", "(240 bytes at", "0 bytes past its end")
                .endsWith(code("past_the_end_in_slack", ILLEGAL_ADDRESS));
    }

    @ParameterizedTest
    @EnumSource(Build.class)
    void aWriteOnePastDynamicSharedMemoryIsFound(Build build) throws Exception {
        assertThat(run("past_shared", build, ASCENDING))
                .contains("dynamic shared memory (1024 bytes), 0 bytes past its end")
                .endsWith(code("past_shared", ILLEGAL_ADDRESS));
    }

    @Test
    void anIndexPastAStaticSharedArrayIsFound() throws Exception {
        assertThat(run("past_static_shared", Build.CHECKED, ASCENDING))
                .contains("thread (8,0,0): ARITHMETIC: index 8 is outside the array at planted.cu:")
                .endsWith(code("past_static_shared", LAUNCH_FAILED));
    }

    @Test
    void aReadOfGlobalMemoryThatNothingWroteIsFound() throws Exception {
        assertThat(run("unwritten_global", Build.CHECKED, ASCENDING))
                .contains("UNINITIALISED: reads 4 bytes", "offset 0, which nothing wrote")
                .endsWith(code("unwritten_global", LAUNCH_FAILED));
    }

    @Test
    void aReadOfSharedMemoryThatNoThreadWroteIsFound() throws Exception {
        assertThat(run("unwritten_shared", Build.CHECKED, ASCENDING))
                .contains(
                        "UNINITIALISED: reads 4 bytes",
                        "unwritten_shared::row + 1020, which no thread of the block wrote")
                .endsWith(code("unwritten_shared", LAUNCH_FAILED));
    }

    @ParameterizedTest
    @EnumSource(Build.class)
    void aReadOfFreedMemorySaysThatItIsFreed(Build build) throws Exception {
        assertThat(run("use_after_free", build, ASCENDING))
                .contains("ILLEGAL ADDRESS: reads", "allocation 3 (freed; 256 bytes")
                .endsWith(code("use_after_free", ILLEGAL_ADDRESS));
    }

    @ParameterizedTest
    @EnumSource(Build.class)
    void aNullPointerIsNamed(Build build) throws Exception {
        assertThat(run("null", build, ASCENDING)).contains("a null pointer").endsWith(code("null", ILLEGAL_ADDRESS));
    }

    @Test
    void aHostPointerIsSuspected() throws Exception {
        assertThat(run("host_pointer", Build.CHECKED, ASCENDING))
                .contains("no device memory: is it a host pointer?")
                .endsWith(code("host_pointer", ILLEGAL_ADDRESS));
    }

    @ParameterizedTest
    @CsvSource({"misaligned, 4", "misaligned_float4, 16"})
    void aMisalignedAccessNamesItsSize(String name, int bytes) throws Exception {
        assertThat(run(name, Build.CHECKED, ASCENDING))
                .contains("MISALIGNED: uses " + bytes + " bytes")
                .endsWith(code(name, MISALIGNED_ADDRESS));
    }

    @ParameterizedTest
    @EnumSource(Build.class)
    void threadsAtTwoBarriersAreNamedWithBothLines(Build build) throws Exception {
        assertThat(run("divergent_barrier", build, ASCENDING))
                .containsPattern(
                        "DIVERGENT BARRIER: this thread waits at the barrier planted.cu:\\d+ and thread 0 of the same block at another one, planted.cu:\\d+")
                .endsWith(code("divergent_barrier", LAUNCH_FAILED));
    }

    @ParameterizedTest
    @EnumSource(Build.class)
    void aGuardAboveABarrierIsADivergentBarrier(Build build) throws Exception {
        assertThat(run("guard_above_barrier", build, ASCENDING))
                .contains(
                        "block (1,0,0), thread (44,0,0): DIVERGENT BARRIER: this thread has returned while 32 of 256 threads")
                .endsWith(code("guard_above_barrier", LAUNCH_FAILED));
    }

    @ParameterizedTest
    @EnumSource(Build.class)
    void aDeadlockSaysWhoWaitsWhere(Build build) throws Exception {
        assertThat(run("deadlock", build, ASCENDING))
                .contains("DEADLOCK: 64 of 64 threads wait for ever: 63 at the barrier", "1 in a warp operation")
                .endsWith(code("deadlock", LAUNCH_FAILED));
    }

    @ParameterizedTest
    @EnumSource(Build.class)
    void anIntegerDivisionByZeroIsNoCrash(Build build) throws Exception {
        assertThat(run("division_by_zero", build, ASCENDING))
                .contains("ARITHMETIC: an integer division by zero")
                .endsWith(code("division_by_zero", LAUNCH_FAILED));
    }

    @ParameterizedTest
    @EnumSource(Build.class)
    void moreLocalMemoryThanAThreadHasIsNoCrash(Build build) throws Exception {
        assertThat(run("stack_overflow", build, ASCENDING))
                .contains("STACK OVERFLOW: a thread needs more local memory")
                .endsWith(code("stack_overflow", LAUNCH_FAILED));
    }

    @Test
    void memoryThatIsNeverFreedIsListed() throws Exception {
        assertThat(run("leak", Build.PLAIN, ASCENDING))
                .contains("leak: 2 allocations, 4096 bytes")
                .endsWith(code("leak", SUCCESS));
    }

    private static String code(String name, int code) {
        return name + ": " + code + "\n";
    }

    /** What the program printed, reports first. */
    private static String run(String name, Build build, int schedule) throws IOException, InterruptedException {
        List<String> command =
                List.of(PROGRAM.toString(), name, build.name().toLowerCase(Locale.ROOT), Integer.toString(schedule));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(key -> key.startsWith("CUEMU_"));
        Process process = builder.start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).as("%s ended", command).isTrue();
        assertThat(process.exitValue()).as(printed).isZero();
        return printed;
    }
}
