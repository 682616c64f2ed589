package io.mambapkd.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.emulator.EmulatedDriver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A GPU that is of no use, from the command line: one sentence and status 2, whatever is wrong with it. */
@Timeout(120)
@Tag("process")
final class CudaRefusalsTest {
    private static final String[] COMMAND = {"validate", "--ops", "gemm", "--cases", "1"};

    @TempDir
    private Path folder;

    private CudaProcess teacher(Map<String, String> environment) {
        return CudaProcess.run(
                environment,
                "teacher",
                "--device",
                "cuda",
                "--out",
                folder.resolve("run").toString());
    }

    private static void copy(String library, Path to) throws IOException {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
        Files.copy(EmulatedDriver.library().resolveSibling(library), to.resolve(library));
    }

    @Test
    void gpuOfThatNumberIsNotThere() {
        CudaProcess run = CudaProcess.run(
                Map.of(), "validate", "--device", "auto", "--gpu", "3", "--ops", "gemm", "--cases", "1");
        assertThat(run.refusal())
                .isEqualTo("expected CUDA device 0, the only one that the driver has, got 3; nvidia-smi -L lists them,"
                        + " --gpu chooses one");
    }

    @Test
    void cublasIsMissing() throws IOException {
        copy("libcudnn.so.9", folder);
        assertThat(CudaProcess.run(folder, Map.of(), COMMAND).refusal())
                .isEqualTo("cuBLAS of CUDA 12 is missing: libcublas.so.12 was not found; install it, name its folder"
                        + " with --cuda-libs FOLDER, or use --device cpu");
    }

    @Test
    void cudnnIsMissing() throws IOException {
        copy("libcublas.so.12", folder);
        assertThat(CudaProcess.run(folder, Map.of(), COMMAND).refusal())
                .isEqualTo("cuDNN 9 is missing: libcudnn.so.9 was not found; install it, name its folder with"
                        + " --cuda-libs FOLDER, or use --device cpu");
    }

    @ParameterizedTest
    @CsvSource({"libcublas.so.12, cuBLAS of CUDA 12", "libcudnn.so.9, cuDNN 9"})
    void libraryIsNoLibrary(String broken, String product) throws IOException {
        copy("libcublas.so.12", folder);
        copy("libcudnn.so.9", folder);
        Files.writeString(folder.resolve(broken), "not a library");
        assertThat(CudaProcess.run(folder, Map.of(), COMMAND).refusal())
                .startsWith("cannot load " + folder.resolve(broken) + ": ")
                .endsWith("; name another folder of " + product + " with --cuda-libs FOLDER, or use --device cpu");
    }

    /** Its absence ends the process that needs it, which is therefore another one. */
    @ParameterizedTest
    @ValueSource(strings = {"graph", "ops", "cnn", "heuristic", "engines_precompiled", "engines_runtime_compiled"})
    void partOfCudnnIsMissing(String part) {
        assertThat(teacher(Map.of("CUEMU_CUDNN_MISSING", part)).refusal())
                .matches(
                        "cuDNN cannot run here: a convolution in a process of its own ended with status [0-9]+ \\(Unable"
                                + " to load any of \\{libcudnn_" + part
                                + "\\.so\\..*\\}\\); a part of cuDNN 9 may be missing or of"
                                + " another version, install all of it, name its folder with --cuda-libs FOLDER, or use --device"
                                + " cpu");
    }

    /** As where the wheel of cuBLAS was copied without its second library. */
    @Test
    void cublasIsHalfThere() throws IOException, InterruptedException {
        copy("libcudnn.so.9", folder);
        Path cublas = library("libcublas.so.12", "libcublasLt.so.12");
        assertThat(CudaProcess.run(folder, Map.of(), COMMAND).refusal())
                .isEqualTo(
                        cublas + " needs libcublasLt.so.12, which was not found; name another folder of cuBLAS of CUDA"
                                + " 12 with --cuda-libs FOLDER, or use --device cpu");
    }

    /** Links an empty library that needs another one, which is gone afterwards. */
    private Path library(String name, String needed) throws IOException, InterruptedException {
        Path gone = folder.resolve(needed);
        Path made = folder.resolve(name);
        link("-Wl,-soname," + needed, "-o", gone.toString());
        link("-Wl,--no-as-needed", "-o", made.toString(), gone.toString());
        Files.delete(gone);
        return made;
    }

    private void link(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("g++", "-shared", "-x", "c", "/dev/null", "-x", "none"));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String words = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(words).isZero();
    }

    @Test
    void librariesOfAnotherReleaseAreNamed() throws IOException {
        Files.createFile(folder.resolve("libcublas.so.11"));
        Files.createFile(folder.resolve("libcudnn.so.8"));
        assertThat(CudaProcess.run(Map.of("MAMBA_PKD_CUDA_LIBS", folder.toString()), COMMAND)
                        .refusal())
                .isEqualTo(
                        "MAMBA_PKD_CUDA_LIBS: expected libcublas.so.12, libcublas.so.13 or libcudnn.so.9 in the folder "
                                + folder
                                + ", got libcublas.so.11 and libcudnn.so.8; install CUDA 12 or 13 and cuDNN 9, or name the"
                                + " folder that has them");
    }

    @Test
    void temporaryFolderIsMissing() {
        Path missing = folder.resolve("missing");
        assertThat(CudaProcess.run(Map.of("JAVA_TOOL_OPTIONS", "-Djava.io.tmpdir=" + missing), COMMAND)
                        .refusal())
                .isEqualTo("cannot make a private folder in " + missing
                        + " for JCuda's libraries (there is no such file or"
                        + " folder); name another place with -Djava.io.tmpdir=FOLDER in MAMBA_PKD_OPTS");
    }

    @Test
    void anotherProcessHasTheGpuForItself() {
        Map<String, String> inUse = Map.of("CUEMU_FAIL", "cuDevicePrimaryCtxRetain:1:46");
        assertThat(CudaProcess.run(inUse, COMMAND).refusal())
                .isEqualTo("cuDevicePrimaryCtxRetain(device=0): CUDA_ERROR_DEVICE_UNAVAILABLE; another process has the"
                        + " device for itself, or the device takes none: wait for it, choose another with --gpu, or use"
                        + " --device cpu");
    }

    @Test
    void gpuIsTooOldForTheKernels() {
        assertThat(CudaProcess.run(Map.of("CUEMU_COMPUTE_CAPABILITY", "70"), COMMAND)
                        .refusal())
                .isEqualTo(
                        "the kernels need a GPU of compute capability 7.5 or higher but device 0, mamba-pkd emulated GPU"
                                + " (no hardware), has 7.0; use another device or --device cpu");
    }

    @Test
    void gpuHasNoTf32() {
        CudaProcess run = CudaProcess.run(
                Map.of("CUEMU_COMPUTE_CAPABILITY", "75"), "validate", "--tf32", "--ops", "gemm", "--cases", "1");
        assertThat(run.refusal()).startsWith("TF32 needs a GPU of compute capability 8.0 or higher but device 0, ");
    }

    @Test
    void automaticChoiceTakesTheEmulationAndSaysWhatItIs() {
        CudaProcess run = CudaProcess.run(Map.of(), "validate", "--device", "auto", "--ops", "gemm", "--cases", "1");
        assertThat(run.exitCode()).as(run.output()).isZero();
        assertThat(run.output())
                .contains("tested: cuda, mamba-pkd emulated GPU (no hardware), ")
                .contains(", an emulation without hardware (chosen by --device auto)\n");
    }

    @Test
    void automaticChoiceTakesTheCpuWhereThereIsNoGpuAndGivesTheReason() {
        CudaProcess run = CudaProcess.run(
                Map.of("CUEMU_DEVICES", "0"), "validate", "--device", "auto", "--ops", "gemm", "--cases", "1");
        assertThat(run.exitCode()).as(run.output()).isZero();
        assertThat(run.output())
                .contains("tested: cpu, ")
                .contains(" (chosen by --device auto, as CUDA is of no use here: cuInit(): CUDA_ERROR_NO_DEVICE; no"
                        + " NVIDIA GPU is visible to this process, look at nvidia-smi and CUDA_VISIBLE_DEVICES, or use"
                        + " --device cpu)\n");
    }

    /** What no machine can be blamed for is no bad input. */
    @Test
    void callThatIsNeverRightIsAnInternalError() {
        CudaProcess run = teacher(Map.of("CUEMU_FAIL", "cuMemcpyHtoDAsync:1:1"));
        assertThat(run.exitCode()).as(run.output()).isEqualTo(70);
        assertThat(run.output())
                .contains("mamba-pkd: internal error: cuMemcpyHtoDAsync(")
                .contains("): CUDA_ERROR_INVALID_VALUE; --device cpu does without CUDA; re-run with --stacktrace")
                .doesNotContain("\tat ");
    }

    /** In this process, and in that which tries cuDNN. */
    @ParameterizedTest
    @CsvSource({
        "CUEMU_FAIL, cuDevicePrimaryCtxRetain:1:201, cuDevicePrimaryCtxRetain(device=0): CUDA_ERROR_INVALID_CONTEXT",
        "CUEMU_LIBRARY_FAIL, cublasSetStream_v2:1:7, cublasSetStream(): CUBLAS_STATUS_INVALID_VALUE",
        "CUEMU_LIBRARY_FAIL, cudnnSetStream:1:2000, (cuDNN status 2000)",
        "CUEMU_CUDNN_REFUSE, call=2000, in every way: algorithm 1 by status 2000"
    })
    void automaticChoiceDoesNotHideAnErrorOfTheProgram(String variable, String failure, String itself) {
        // A small one, should it run on the CPU after all.
        CudaProcess run = CudaProcess.run(
                Map.of(variable, failure),
                "teacher",
                "--set",
                "validationImages=64",
                "--set",
                "testImages=64",
                "--set",
                "teacher.images=64",
                "--set",
                "teacher.epochs=1",
                "--out",
                folder.resolve("run").toString());
        assertThat(run.exitCode()).as(run.output()).isEqualTo(70);
        assertThat(run.output())
                .startsWith("mamba-pkd: internal error: ")
                .contains(itself, "--device cpu")
                .doesNotContain("\tat ", "CudaCallError");
        assertThat(folder.resolve("run")).doesNotExist();
    }

    @Test
    void aDriverWithoutGraphsIsToldWithTheOptionThatDoesWithoutThem() {
        CudaProcess run = CudaProcess.run(
                Map.of("CUEMU_FAIL", "cuGraphInstantiateWithFlags:1:801"),
                "teacher",
                "--device=cuda",
                "--set=validationImages=64",
                "--set=testImages=64",
                "--set=teacher.images=256",
                "--set=teacher.batch=8",
                "--set=teacher.channels=[4, 4]",
                "--set=teacher.epochs=1",
                "--out=" + folder.resolve("run"));
        assertThat(run.exitCode()).as(run.output()).isEqualTo(2);
        assertThat(run.output())
                .contains("cuGraphInstantiate(): CUDA_ERROR_NOT_SUPPORTED; this driver has no CUDA graphs as they are"
                        + " needed here, use --no-graph, or --device cpu\n")
                .doesNotContain("\tat ");
    }

    @ParameterizedTest
    @CsvSource({
        "cuInit:1:1, internal error: cuInit(): CUDA_ERROR_INVALID_VALUE; --device cpu does without CUDA",
        "cuInit:1:36, cuInit(): CUDA_ERROR_CALL_REQUIRES_NEWER_DRIVER; install a newer NVIDIA driver"
    })
    void infoTellsAFailureOfCudaAndGoesOn(String failure, String words) {
        CudaProcess run = CudaProcess.run(Map.of("CUEMU_FAIL", failure), "info");
        assertThat(run.exitCode()).as(run.output()).isZero();
        assertThat(run.output())
                .containsPattern("(?m)^cuda: +of no use: " + Pattern.quote(words))
                .containsPattern("(?m)^datasets: ");
    }

    /** What it refuses is told case by case, and other operations are compared. */
    @Test
    void validateComparesWhatACudnnThatRefusesLeaves() {
        CudaProcess other =
                CudaProcess.run(Map.of("CUEMU_CUDNN_REFUSE", "all"), "validate", "--ops", "pool", "--cases", "1");
        assertThat(other.exitCode()).as(other.output()).isZero();
        CudaProcess fallbacks = CudaProcess.run(
                Map.of("CUEMU_CUDNN_REFUSE", "call:data:1=3002"), "validate", "--ops", "conv2d", "--cases", "2");
        assertThat(fallbacks.exitCode()).as(fallbacks.output()).isZero();
        assertThat(fallbacks.output())
                .containsPattern(
                        "(?m)^note: cuDNN computes the backward data pass of conv2d\\(.*\\) by algorithm 0 \\(not"
                                + " deterministic\\), as it refused algorithm 1 by status 3002 and algorithm 1 with an NCHW filter"
                                + " by status 3002$");
    }
}
