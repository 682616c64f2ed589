package io.mambapkd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.emulator.EmulatedDriver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@link DeviceTests} as it is started beside a GPU: the device is required, and the environment alone names NVIDIA's libraries. */
@Timeout(180)
@Tag("process")
class DeviceTestsProcessTest {
    private static final String LIBRARIES = "MAMBA_PKD_CUDA_LIBS";
    private static final String PRODUCTS = "io.mambapkd.ops.GemmOpsContractTest";
    private static final String FAULT = "io.mambapkd.ops.cuda.driver.DeviceFault";
    private static final Path KERNELS = Checkout.path("cuda");

    @TempDir
    Path folder;

    private record Ended(int status, String output) {}

    @BeforeAll
    static void emulation() {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
    }

    private static Ended run(Map<String, String> environment, String... classNames)
            throws IOException, InterruptedException {
        return run(CountedDeviceTests.class, environment, classNames);
    }

    private static Ended run(Class<?> main, Map<String, String> environment, String... classNames)
            throws IOException, InterruptedException {
        List<String> command = ChildJava.command(
                List.of("-Dmambapkd.cuda.driver=" + EmulatedDriver.library(), "-Dmambapkd.require=cuda"),
                main.getName());
        command.addAll(List.of(classNames));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().remove(LIBRARIES);
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), output);
    }

    private static Map<String, String> libraries() {
        return Map.of(LIBRARIES, EmulatedDriver.library().getParent().toString());
    }

    private static long number(String output, String name) {
        return Long.parseLong(output.replaceAll("(?s).*\\b" + name + " ([0-9]+).*", "$1"));
    }

    private static long families() throws IOException {
        try (Stream<Path> files = Files.list(KERNELS)) {
            return files.filter(file -> file.toString().endsWith(".cu")).count();
        }
    }

    /** Each test of products opens backends of its own; a context and a module for each of them would be slow on a GPU. */
    @Test
    void allTestsShareOneContextAndItsKernels() throws IOException, InterruptedException {
        Ended ended = run(libraries(), PRODUCTS);
        assertThat(ended.status).as(ended.output).isZero();
        assertThat(ended.output).containsPattern("(?m)^tests: [1-9][0-9]* passed, 0 failed, 0 skipped$");
        assertThat(number(ended.output, "contexts")).isEqualTo(1);
        assertThat(number(ended.output, "modules")).isBetween(1L, families());
    }

    @Test
    void aDeviceErrorCostsItsTestAlone() throws IOException, InterruptedException {
        Ended ended = run(libraries(), FAULT, PRODUCTS);
        assertThat(ended.status).as(ended.output).isEqualTo(1);
        assertThat(ended.output)
                .contains("DeviceFault: 0 passed, 1 failed, 0 skipped")
                .contains("CUDA_ERROR_ILLEGAL_ADDRESS")
                .containsPattern("(?m)^GemmOpsContractTest: [1-9][0-9]* passed, 0 failed, 0 skipped$");
        assertThat(number(ended.output, "contexts")).isEqualTo(2);
    }

    @Test
    void aDeviceThatIsLostEndsTheTestsAndNamesThoseThatDidNotRun() throws IOException, InterruptedException {
        Ended ended = run(
                Map.of(LIBRARIES, libraries().get(LIBRARIES), "CUEMU_FAIL", "cuDevicePrimaryCtxRetain:3:46"),
                FAULT,
                PRODUCTS);
        assertThat(ended.status).as(ended.output).isEqualTo(1);
        assertThat(ended.output)
                .contains("not run, as the device is of no use after the last class"
                        + " (cuDevicePrimaryCtxRetain(device=0): CUDA_ERROR_DEVICE_UNAVAILABLE; ")
                .contains("start these again: " + PRODUCTS + "\n")
                .doesNotContain("GemmOpsContractTest: ");
    }

    @Test
    void whatIsMissingIsOneSentence() throws IOException, InterruptedException {
        Ended noDevice = run(DeviceTests.class, Map.of("CUEMU_DEVICES", "0"), PRODUCTS);
        assertThat(noDevice.status).as(noDevice.output).isEqualTo(2);
        assertThat(noDevice.output)
                .contains("DeviceTests: cuInit(): CUDA_ERROR_NO_DEVICE; no NVIDIA GPU is visible to this process")
                .doesNotContain("\tat ");
        Ended noLibraries = run(DeviceTests.class, Map.of(LIBRARIES, folder.toString()), PRODUCTS);
        assertThat(noLibraries.status).as(noLibraries.output).isEqualTo(2);
        assertThat(noLibraries.output)
                .contains("DeviceTests: MAMBA_PKD_CUDA_LIBS: expected libcublas.so.12, libcublas.so.13 or libcudnn.so.9"
                        + " in the folder " + folder + ", got none of them; ")
                .doesNotContain("\tat ");
    }
}
