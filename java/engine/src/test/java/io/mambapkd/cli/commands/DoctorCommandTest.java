package io.mambapkd.cli.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.cli.CudaProcess;
import io.mambapkd.emulator.EmulatedDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code doctor} on machines that lack one thing or another. */
@Timeout(180)
@Tag("process")
final class DoctorCommandTest {
    private static final List<String> NAMES = List.of(
            "driver",
            "PTX",
            "cuBLAS",
            "cuDNN",
            "libcudnn_graph",
            "libcudnn_ops",
            "libcudnn_cnn",
            "libcudnn_engines_precompiled",
            "libcudnn_engines_runtime_compiled",
            "libcudnn_heuristic",
            "convolution",
            "JCuda",
            "JDK",
            "CPU BLAS",
            "CPU convolutions",
            "memory",
            "run folders",
            "temporary files",
            "programs there");

    @TempDir
    private Path folder;

    private Path copy(String library, String to) throws IOException {
        Path target = folder.resolve(to);
        Files.createDirectories(target.getParent());
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
        return Files.copy(EmulatedDriver.library().resolveSibling(library), target);
    }

    private static void hasLine(CudaProcess run, String verdict, String name, String start) {
        assertThat(run.output())
                .containsPattern("(?m)^" + verdict + " +" + Pattern.quote(name) + " +" + Pattern.quote(start));
    }

    private static void hasEveryLine(CudaProcess run) {
        NAMES.forEach(name ->
                assertThat(run.output()).containsPattern("(?m)^(ok|note|problem) +" + Pattern.quote(name) + " +[^ ]"));
        assertThat(run.output()).doesNotContain("\tat ").doesNotContain("Exception");
    }

    /** A run that finds problems, and still says something of everything. */
    private static CudaProcess problems(Map<String, String> environment) {
        CudaProcess run = CudaProcess.run(environment, "doctor");
        assertThat(run.exitCode()).as(run.output()).isEqualTo(1);
        hasEveryLine(run);
        return run;
    }

    @Test
    void allIsWellOnTheEmulatedDriverWhichIsCalledThat() {
        CudaProcess run = CudaProcess.run(Map.of(), "doctor");
        assertThat(run.exitCode()).as(run.output()).isZero();
        hasEveryLine(run);
        hasLine(run, "ok", "driver", "for CUDA 12.8, " + EmulatedDriver.library());
        hasLine(
                run,
                "ok",
                "device 0",
                "mamba-pkd emulated GPU (no hardware), compute capability 8.0, 2.0 of 2.0 GiB free");
        hasLine(run, "ok", "PTX", "compute_80 or older for device 0");
        hasLine(run, "ok", "cuBLAS", "12.6.4, " + EmulatedDriver.library().resolveSibling("libcublas.so.12"));
        hasLine(run, "ok", "cuDNN", "9.3.0, " + EmulatedDriver.library().resolveSibling("libcudnn.so.9"));
        hasLine(run, "ok", "convolution", "cuDNN computes those of the presets and their gradients on device 0");
        // Those of cuDNN 9.24.
        for (String type : List.of("F32", "BF16")) {
            hasLine(
                    run,
                    "note",
                    "convolution fallback",
                    "cuDNN computes the backward filter pass of conv2d(images (2, 6, 5, 3) " + type
                            + ", 1 output, kernel 3, stride 1, padding 1) by algorithm 1 with an NCHW filter, as it"
                            + " refused algorithm 1 by status 3000");
        }
        assertThat(run.output().lines().filter(line -> line.contains("convolution fallback")))
                .hasSize(6);
        assertThat(run.output())
                .contains("CUDA is of use on this machine: mamba-pkd emulated GPU")
                .contains("an emulation without hardware\n");
    }

    /** A toolkit of CUDA 13 beside NVIDIA's wheel of cuDNN, and a part of cuDNN that is broken. */
    @Test
    void cublas13AndABrokenPartOfCudnnAreSaid() throws IOException {
        copy("cuda13/libcublas.so.13", "toolkit/lib64/libcublas.so.13");
        copy("libcudnn.so.9", "nvidia/cudnn/lib/libcudnn.so.9");
        Path broken = Files.writeString(folder.resolve("nvidia/cudnn/lib/libcudnn_ops.so.9"), "not a library");
        CudaProcess run = CudaProcess.run(
                folder, Map.of(), "doctor", "--cuda-libs", folder.resolve("toolkit") + ":" + folder.resolve("nvidia"));
        assertThat(run.exitCode()).as(run.output()).isEqualTo(1);
        hasEveryLine(run);
        hasLine(run, "ok", "cuBLAS", "12.6.4, cuBLAS 13 through the forwarder, " + folder);
        hasLine(run, "problem", "libcudnn_ops", "cannot load " + broken + ": file too short");
        hasLine(run, "ok", "convolution", "");
        assertThat(run.output()).endsWith("not all is well on this machine: libcudnn_ops\n");
    }

    /** Which ends the process that needs it. */
    @Test
    void aPartOfCudnnThatEndsTheProcessIsALine() {
        CudaProcess run = problems(Map.of("CUEMU_CUDNN_MISSING", "cnn"));
        hasLine(run, "problem", "convolution", "cuDNN cannot run here: a convolution in a process of its own ended");
        hasLine(run, "ok", "cuDNN", "9.3.0");
    }

    @Test
    void convolutionsThatCudnnRefusesAreAProblem() {
        CudaProcess run = problems(Map.of("CUEMU_CUDNN_REFUSE", "all:filter"));
        hasLine(
                run,
                "problem",
                "convolution",
                "cuDNN refuses the backward filter pass of conv2d(images (2, 8, 8, 4) F32,");
        assertThat(run.output())
                .contains("-> use another cuDNN 9 with --cuda-libs FOLDER, or --device cpu\n")
                .endsWith("not all is well on this machine: convolution\n");
    }

    @Test
    void aMachineWithoutADeviceIsToldSo() {
        CudaProcess run = problems(Map.of("CUEMU_DEVICES", "0"));
        hasLine(run, "ok", "driver", "for CUDA 12.8");
        hasLine(run, "problem", "device", "cuInit(): CUDA_ERROR_NO_DEVICE");
        assertThat(run.output()).contains("-> no NVIDIA GPU is visible to this process, look at nvidia-smi");
    }

    /** The libraries are as good as on any other machine. */
    @Test
    void aDeviceThatIsTooOldIsTheOnlyProblem() {
        CudaProcess run = problems(Map.of("CUEMU_COMPUTE_CAPABILITY", "70"));
        hasLine(
                run,
                "problem",
                "device 0",
                "the kernels need a GPU of compute capability 7.5 or higher but device 0, ");
        hasLine(run, "ok", "cuBLAS", "version not known without a device, ");
        hasLine(run, "ok", "libcudnn_ops", "inside the emulated cuDNN");
        assertThat(run.output()).endsWith("not all is well on this machine: device 0\n");
    }

    /** The process that asks cuDNN's version ends; another one looks at the parts. */
    @Test
    void aCudnnWithoutThePartThatEveryCallNeedsIsAProblem() {
        CudaProcess run = problems(Map.of("CUEMU_CUDNN_MISSING", "graph"));
        hasLine(run, "ok", "cuBLAS", "12.6.4, ");
        hasLine(
                run,
                "problem",
                "cuDNN",
                "a process that loaded it ended with status 134 (Unable to load any of {libcudnn_graph.so.9.3.0");
        assertThat(run.output()).endsWith("not all is well on this machine: cuDNN\n");
    }

    /** A library that sleeps when it is loaded stands for a cold disk. */
    @Test
    void aCheckThatTakesTooLongIsALineAndTheOthersGoOn() throws IOException, InterruptedException {
        copy("libcudnn.so.9", "libcudnn.so.9");
        Path slow = folder.resolve("libcublas.so.12");
        Path source = Files.writeString(
                folder.resolve("slow.c"),
                "#include <unistd.h>\n__attribute__((constructor)) static void wait_long(void) { sleep(600); }\n");
        Process compiler = new ProcessBuilder(
                        "g++", "-shared", "-fPIC", "-x", "c", source.toString(), "-o", slow.toString())
                .inheritIO()
                .start();
        assertThat(compiler.waitFor()).isZero();
        CudaProcess run = CudaProcess.run(folder, Map.of(), "doctor", "--seconds", "20");
        assertThat(run.exitCode()).as(run.output()).isEqualTo(1);
        hasEveryLine(run);
        hasLine(run, "ok", "driver", "for CUDA 12.8");
        hasLine(run, "problem", "cuBLAS", "a process that loaded it did not end within ");
        assertThat(run.output())
                .contains(
                        "-> its first start on a machine reads gigabytes of libraries from the disk: start doctor again, or"
                                + " give it more time with --seconds\n");
        hasLine(run, "ok", "memory", "");
    }

    @Test
    void aDeviceThatAnotherProcessHasForItselfIsAProblem() {
        CudaProcess run = problems(Map.of("CUEMU_FAIL", "cuDevicePrimaryCtxRetain:1:46"));
        hasLine(run, "problem", "device 0", "cuDevicePrimaryCtxRetain(device=0): CUDA_ERROR_DEVICE_UNAVAILABLE");
    }

    @Test
    void aDriverThatDoesNotStartLeavesTheOtherLines() {
        CudaProcess run = problems(Map.of("CUEMU_FAIL", "cuInit:1:803"));
        hasLine(run, "problem", "device", "cuInit(): CUDA_ERROR_SYSTEM_DRIVER_MISMATCH");
        hasLine(run, "ok", "cuBLAS", "");
    }

    @Test
    void anErrorOfTheProgramIsCalledThat() {
        CudaProcess run = problems(Map.of("CUEMU_FAIL", "cuInit:1:1"));
        hasLine(run, "problem", "device", "internal error: cuInit(): CUDA_ERROR_INVALID_VALUE\n");
        assertThat(run.output()).contains("-> --device cpu does without CUDA\n").doesNotContain("\tat ");
    }

    @Test
    void librariesInAUsualPlaceAreTheRemedyAndAreNotLoaded() throws IOException {
        copy("libcublas.so.12", "toolkit/lib64/libcublas.so.12");
        copy("cuda13/libcublas.so.13", "needless/lib64/libcublas.so.13");
        copy("libcudnn.so.9", "conda/lib/libcudnn.so.9");
        Map<String, String> places = Map.of(
                "CUDA_HOME", folder.resolve("toolkit").toString(),
                "CUDA_PATH", folder.resolve("needless").toString(),
                "CONDA_PREFIX", folder.resolve("conda").toString());
        CudaProcess run = CudaProcess.run(Files.createDirectory(folder.resolve("empty")), places, "doctor");
        assumeTrue(run.output().contains("libcublas.so.12 was not found"), "this machine has cuBLAS");
        assertThat(run.exitCode()).isEqualTo(1);
        hasEveryLine(run);
        assertThat(run.output().lines())
                .filteredOn(line -> line.strip()
                        .equals("-> it is on this machine: name it with --cuda-libs " + folder.resolve("toolkit") + ":"
                                + folder.resolve("conda")))
                .hasSize(2);
    }

    @Test
    void jsonGoesToTheOutputOrAFile() throws IOException {
        CudaProcess output = CudaProcess.run(Map.of(), "doctor", "--json", "-");
        assertThat(output.exitCode()).as(output.output()).isZero();
        assertThat(output.output())
                .contains(
                        "\"formatVersion\" : 1,",
                        "\"works\" : true,",
                        "\"name\" : \"cuBLAS\",",
                        "\"name\" : \"convolution fallback\",")
                .doesNotContainPattern("(?m)^ok ");
        Path file = folder.resolve("doctor.json");
        CudaProcess written = CudaProcess.run(Map.of(), "doctor", "--json", file.toString());
        assertThat(written.output()).containsPattern("(?m)^ok +driver ");
        assertThat(file).content().contains("\"description\" : \"mamba-pkd emulated GPU (no hardware), ");
    }

    @Test
    void badInputIsOneSentence() {
        assertThat(CudaProcess.run(Map.of(), "doctor", "--cuda-libs", "/no/such")
                        .refusal())
                .isEqualTo(
                        "--cuda-libs: expected a folder with libcublas.so.12, libcublas.so.13 or libcudnn.so.9, got /no/such, which"
                                + " is no folder; install CUDA 12 or 13 and cuDNN 9, or name the folder that has them");
        assertThat(CudaProcess.run(Map.of("MAMBA_PKD_CUDA_LIBS", folder.toString()), "doctor")
                        .refusal())
                .startsWith("MAMBA_PKD_CUDA_LIBS: expected libcublas.so.12, libcublas.so.13 or libcudnn.so.9 in the"
                        + " folder " + folder + ", got none of them; ");
        assertThat(CudaProcess.run(Map.of(), "doctor", "--seconds", "9").refusal())
                .isEqualTo("--seconds: expected 10 or more, got 9");
        assertThat(CudaProcess.run(Map.of(), "doctor", "--json", "/no/such/doctor.json")
                        .refusal())
                .isEqualTo("expected a file in a folder that can be written with --json, got /no/such/doctor.json with"
                        + " nothing at /no/such; make the folder, or name another file");
    }
}
