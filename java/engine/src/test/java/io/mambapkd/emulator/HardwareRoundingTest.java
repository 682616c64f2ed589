package io.mambapkd.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.ChildJava;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Whether the build that rounds like hardware sees what it is there to see: a tolerance that only exact arithmetic meets. The errors of its instructions and
 * functions themselves are tested in {@code kernels-build/emulator/driver/test/test_rounding.cpp}.
 */
@Tag("process")
class HardwareRoundingTest {
    /** In roundings of 2^-24: enough for the exact build, too few for a GPU, whose exp2 alone errs by 4. */
    private static final double ONLY_EXACT_ARITHMETIC_MEETS = 2;

    private static final Path EXACT = EmulatedDriver.library().getParent();
    private static final Path HARDWARE = EXACT.resolve("hardware");

    @Test
    void aToleranceThatOnlyExactArithmeticMeetsFailsOnTheBuildThatRoundsLikeHardware() throws Exception {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
        assumeTrue(
                Files.isRegularFile(HARDWARE.resolve("libcuda.so.1")),
                "'make -C kernels-build/emulator hardware' builds it and needs a processor with FMA3");
        Map<String, Double> exact = distances(EXACT);
        Map<String, Double> hardware = distances(HARDWARE);
        assertThat(exact).containsOnlyKeys("softplus", "scan", "loss");
        assertThat(hardware).containsOnlyKeys("softplus", "scan", "loss");
        assertThat(exact.values()).allMatch(distance -> distance <= ONLY_EXACT_ARITHMETIC_MEETS);
        assertThat(hardware.values()).allMatch(distance -> distance > ONLY_EXACT_ARITHMETIC_MEETS);
    }

    /** Differences from the CPU by operation, in roundings; each build in a process of its own, as a process loads one driver. */
    private static Map<String, Double> distances(Path build) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                ChildJava.command(List.of("-Dmambapkd.emulator=" + build), "io.mambapkd.ops.RoundingProbe"));
        builder.environment().keySet().removeIf(key -> key.startsWith("CUEMU_"));
        Process process = builder.redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return Arrays.stream(output.strip().split("\n"))
                .map(line -> line.split(" "))
                .collect(Collectors.toMap(words -> words[0], words -> Double.valueOf(words[1])));
    }
}
