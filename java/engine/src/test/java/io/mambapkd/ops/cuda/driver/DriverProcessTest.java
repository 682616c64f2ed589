package io.mambapkd.ops.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.ChildJava;
import io.mambapkd.InputException;
import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.ops.cuda.checkup.CudnnProbe;
import io.mambapkd.ops.cuda.natives.CudaNatives;
import io.mambapkd.ops.cuda.natives.LibraryFolders;
import io.mambapkd.ops.cuda.options.CudaOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What only a fresh process can show: a driver that is missing, old, small or failing, and two processes at once. */
@Timeout(120)
@Tag("process")
class DriverProcessTest {
    private static final Duration LONGEST = Duration.ofMinutes(1);

    @TempDir
    Path temporary;

    private Process start(List<String> options, Map<String, String> environment, String scenario) throws IOException {
        List<String> all = new ArrayList<>(options);
        all.add("-Djava.io.tmpdir=" + temporary);
        List<String> command = ChildJava.command(all, DriverProbe.class.getName());
        command.add(scenario);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static String outputOf(Process process) throws IOException, InterruptedException {
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    /** On the emulated driver. */
    private String run(Map<String, String> environment, String scenario) throws IOException, InterruptedException {
        return outputOf(startEmulated(environment, scenario));
    }

    private Process startEmulated(Map<String, String> environment, String scenario) throws IOException {
        return startEmulated(EmulatedDriver.library().getParent(), environment, scenario);
    }

    /** With cuBLAS and cuDNN from a folder. */
    private Process startEmulated(Path libraries, Map<String, String> environment, String scenario) throws IOException {
        TestDevice.requireEmulation();
        return start(
                List.of(
                        "-D" + CudaNatives.DRIVER_PROPERTY + "=" + EmulatedDriver.library(),
                        "-D" + LibraryFolders.PROPERTY + "=" + libraries),
                environment,
                scenario);
    }

    @Test
    void withoutADriverTheRemedyIsNamedAndNothingStaysBehind() throws IOException, InterruptedException {
        String output = outputOf(start(List.of(), Map.of(), "open"));
        assumeTrue(!output.contains("opened"), "this machine has an NVIDIA driver");
        assertThat(output)
                .contains("refused: there is no NVIDIA driver: libcuda.so.1 was not found; install the driver, or use"
                        + " --device cpu\n")
                .contains("tmpdir true");
        assertThat(temporary).isEmptyDirectory();
    }

    @Test
    void aDriverThatCannotBeLoadedIsNamed() throws IOException, InterruptedException {
        Path broken = Files.writeString(temporary.resolve("libcuda.so.1"), "not a library");
        String output = outputOf(start(List.of("-D" + CudaNatives.DRIVER_PROPERTY + "=" + broken), Map.of(), "open"));
        assertThat(output).contains("refused: cannot load " + broken + ": ");
    }

    @Test
    void aBackendThatIsToHaveAllIsNotMadeWithoutCublas() throws IOException, InterruptedException {
        String output = outputOf(startEmulated(temporary, Map.of(), "open"));
        assumeTrue(!output.contains("opened"), "this machine has cuBLAS and cuDNN");
        assertThat(output)
                .contains("refused: cuBLAS of CUDA 12 is missing: libcublas.so.12 was not found; install it, name its"
                        + " folder with --cuda-libs FOLDER, or use --device cpu\n")
                .contains("tmpdir true");
    }

    @Test
    void aLibraryThatCannotBeLoadedIsNamed() throws IOException, InterruptedException {
        Path libraries = Files.createDirectory(temporary.resolve("libraries"));
        TestDevice.requireEmulation();
        Files.copy(EmulatedDriver.library().resolveSibling("libcublas.so.12"), libraries.resolve("libcublas.so.12"));
        Path broken = Files.writeString(libraries.resolve("libcudnn.so.9"), "not a library");
        assertThat(outputOf(startEmulated(libraries, Map.of(), "open")))
                .contains("refused: cannot load " + broken + ": ")
                .contains("; name another folder of cuDNN 9 with --cuda-libs FOLDER, or use --device cpu\n");
    }

    @Test
    void aConvolutionInAProcessOfItsOwnTellsWhetherCudnnIsOfUse() throws IOException {
        TestDevice.requireEmulation();
        CudaOptions options = TestDevice.options(CudaOptions.MemoryLayout.PACKED);
        assertThatCode(() -> CudnnProbe.run(options, CudnnProbe.Extent.ONE_CONVOLUTION, LONGEST))
                .doesNotThrowAnyException();
        Path broken = Files.writeString(temporary.resolve("libcudnn.so.9"), "not a library");
        CudaOptions misled = new CudaOptions(
                0,
                options.launches(),
                options.memory(),
                List.of(temporary),
                options.products(),
                CudaOptions.Libraries.WHEN_NEEDED);
        assertThatThrownBy(() -> CudnnProbe.run(misled, CudnnProbe.Extent.ONE_CONVOLUTION, LONGEST))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("cannot load " + broken + ": ");
    }

    @Test
    void aMachineWithoutADeviceIsRefused() throws IOException, InterruptedException {
        assertThat(run(Map.of("CUEMU_DEVICES", "0"), "open"))
                .contains("CUDA_ERROR_NO_DEVICE; no NVIDIA GPU is visible to this process, look at nvidia-smi and"
                        + " CUDA_VISIBLE_DEVICES, or use --device cpu\n")
                .contains("refused: cuInit(): ");
    }

    @Test
    void aDeviceTooOldForTheKernelsIsRefused() throws IOException, InterruptedException {
        assertThat(run(Map.of("CUEMU_COMPUTE_CAPABILITY", "61"), "open"))
                .contains("refused: the kernels need a GPU of compute capability 7.5 or higher but device 0, ")
                .contains(", has 6.1; use another device or --device cpu\n");
    }

    @Test
    void aDriverTooOldForThePtxIsRefusedWithTheVersionThatWouldDo() throws IOException, InterruptedException {
        assertThat(run(Map.of("CUEMU_DRIVER_VERSION", "11040", "CUEMU_COMPUTE_CAPABILITY", "90"), "open"))
                .contains(
                        "; PTX 7.8 needs a driver for CUDA 11.8 or newer but this one is for CUDA 11.4; install a newer"
                                + " NVIDIA driver, or use --device cpu\n");
    }

    @Test
    void aMemoryTooSmallForTheBatchNamesTheBatchThatFits() throws IOException, InterruptedException {
        // Four of them are cuBLAS's workspace.
        String output = run(Map.of("CUEMU_MEMORY_MB", "28"), "activations");
        assertThat(output)
                .contains("refused: arena student-1 activations needs 33554432 bytes of device memory, of which ")
                .contains(" of 29360128 are free; use a batch of at most ")
                .contains(" instead of 128\n");
        int fitting = Integer.parseInt(output.replaceAll("(?s).*at most (\\d+) instead.*", "$1"));
        assertThat(fitting).isBetween(85, 96);
    }

    @Test
    void aDeviceErrorIsReportedOnceForTheProcessAndClosingStaysPossible() throws IOException, InterruptedException {
        assertThat(run(Map.of("CUEMU_LAZY", "1"), "fault"))
                .contains("failed: the device reported CUDA_ERROR_ILLEGAL_ADDRESS in or before cu")
                .contains("run with MAMBA_PKD_CUDA_SYNC=1 to find the kernel\n")
                .contains("sticky true\n")
                .contains("again: the device reported CUDA_ERROR_ILLEGAL_ADDRESS in or before cu")
                .contains("failures of closing 0\n")
                .contains("done\n")
                .doesNotContain("refused");
    }

    @Test
    void aDeviceErrorNamesItsKernelWhenLaunchesAreSynchronised() throws IOException, InterruptedException {
        assertThat(run(Map.of("CUEMU_LAZY", "1", "MAMBA_PKD_CUDA_SYNC", "1"), "fault"))
                .contains("failed: the device reported CUDA_ERROR_ILLEGAL_ADDRESS in cuLaunchKernel(decay_fwd_f32,"
                        + " grid=(1, 1, 1), block=256, shared=0); this process cannot use it any more and has to be"
                        + " started again; choose another with --gpu, or use --device cpu\n")
                .contains("done\n");
    }

    @Test
    void aFailingCallIsNamed() throws IOException, InterruptedException {
        assertThat(run(Map.of("CUEMU_FAIL", "cuStreamCreate:1:304"), "open"))
                .contains("refused: cuStreamCreate(CU_STREAM_NON_BLOCKING): CUDA_ERROR_OPERATING_SYSTEM; try another"
                        + " device with --gpu, or use --device cpu\n");
    }

    @Test
    void processesThatStartAtOnceDoNotDisturbEachOther() throws IOException, InterruptedException {
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            processes.add(startEmulated(Map.of(), "open"));
        }
        for (Process process : processes) {
            assertThat(outputOf(process)).contains("opened ").contains("done\n").contains("tmpdir true");
        }
        assertThat(temporary).isEmptyDirectory();
    }

    /** JCuda alone would load whatever file has the name of its library in the temporary folder. */
    @Test
    void aPlantedLibraryIsNotLoaded() throws IOException, InterruptedException {
        Path planted = temporary.resolve("libJCudaDriver-12.6.0-linux-x86_64.so");
        Files.writeString(planted, "planted");
        assertThat(run(Map.of(), "open")).contains("done\n");
        assertThat(planted).hasContent("planted");
    }
}
