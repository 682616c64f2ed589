package io.mambapkd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.checkpoint.Safetensors;
import io.mambapkd.storage.RunFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A GPU that fails in mid-run: the first error is what the user reads, in one sentence, and finished checkpoints stay whole. */
@Timeout(180)
@Tag("process")
final class CudaRunFailuresTest {
    private static final List<String> SMALL = List.of(
            "--device",
            "cuda",
            "--set",
            "validationImages=64",
            "--set",
            "testImages=64",
            "--set",
            "teacher.channels=[4, 8]",
            "--set",
            "teacher.convsPerStage=1",
            "--set",
            "teacher.images=64",
            "--set",
            "teacher.epochs=1",
            "--set",
            "teacher.batch=32",
            "--set",
            "student.images=256",
            "--set",
            "student.copies=1",
            "--set",
            "student.epochs=8",
            "--set",
            "student.batch=32",
            "--set",
            "students=[{name: one, cut: rows, tokenSize: 14, modelWidth: 4, blocks: 1, stateSize: 2, learningRate: 0.02},"
                    + " {name: two, cut: rows, tokenSize: 14, modelWidth: 4, blocks: 1, stateSize: 2, learningRate: 0.02}]");

    private static final int DEVICE_LOST = 5;

    @TempDir
    private Path folder;

    private CudaProcess distill(Map<String, String> environment, String... more) {
        List<String> args = new ArrayList<>(
                List.of("distill", "--out", folder.resolve("run").toString()));
        args.addAll(SMALL);
        args.addAll(List.of(more));
        return CudaProcess.run(environment, args.toArray(String[]::new));
    }

    private List<String> checkpoints() throws IOException {
        return RunFolder.open(folder.resolve("run")).finished().stream()
                .map(file -> file.getFileName().toString())
                .toList();
    }

    @Test
    void tooLittleMemoryNamesTheBatchThatFitsAndWhatSetsIt() {
        CudaProcess run = distill(
                Map.of("CUEMU_MEMORY_MB", "24"),
                "--set",
                "teacher.channels=[16, 16]",
                "--set",
                "teacher.images=256",
                "--set",
                "teacher.batch=256");

        assertThat(run.refusal())
                .matches(
                        "this run needs at least [0-9]+ MiB of device memory, for .+, of which [0-9]+ MiB are free; use"
                                + " --set teacher.batch=[0-9]+");
        assertThat(folder.resolve("run")).doesNotExist();
        Matcher fits = Pattern.compile("teacher.batch=([0-9]+)").matcher(run.output());
        assertThat(fits.find()).isTrue();
        assertThat(fittingRun(fits.group(1)).output()).doesNotContain("of device memory");
    }

    @Test
    void aDryRunOnTheEmulatedDeviceLeavesTimesOut() {
        CudaProcess run = distill(Map.of(), "--dry-run");

        assertThat(run.exitCode()).as(run.output()).isZero();
        assertThat(run.output())
                .contains("plan: nothing is trained, and nothing is made")
                .containsPattern("; at least [0-9]+ MiB on the device, fullest in ")
                .contains("time: left out, as the times of an emulated GPU say nothing");
        assertThat(folder.resolve("run")).doesNotExist();
    }

    private CudaProcess fittingRun(String batch) {
        return CudaProcess.run(
                Map.of("CUEMU_MEMORY_MB", "24"),
                Stream.of(
                                List.of(
                                        "teacher",
                                        "--out",
                                        folder.resolve("fits").toString()),
                                SMALL,
                                List.of(
                                        "--set",
                                        "teacher.channels=[16, 16]",
                                        "--set",
                                        "teacher.images=256",
                                        "--set",
                                        "teacher.batch=" + batch))
                        .flatMap(List::stream)
                        .toArray(String[]::new));
    }

    @Test
    void convolutionThatFailsIsNamedByItsShape() {
        // The first call is that of the probe, in its process, and of the last layer in this one.
        CudaProcess run =
                distill(Map.of("CUEMU_LIBRARY_FAIL", "cudnnGetConvolutionBackwardFilterWorkspaceSize:2:4004"));

        assertThat(run.refusal())
                .isEqualTo(
                        "workspace of the backward filter pass, algorithm 1, of conv2d(images (32, 28, 28, 1) F32, 4 outputs, kernel 3, stride 1, padding 1): the device has no memory left for cuDNN (cuDNN status"
                                + " 4004); use a smaller batch");
    }

    @Test
    void cudnnThatRefusesEverythingEndsTheRunBeforeItsFolderIsMade() {
        CudaProcess run = distill(Map.of("CUEMU_CUDNN_REFUSE", "all"));

        assertThat(run.refusal())
                .matches(
                        "cuDNN refuses the forward pass of conv2d\\(images .* outputs, kernel 3, stride 1, padding 1\\)"
                                + " in every way: .*; use another cuDNN 9 with --cuda-libs FOLDER, or --device cpu");
        assertThat(folder.resolve("run")).doesNotExist();
    }

    /** Of the two layers, whose gradients are then added in any order. */
    @Test
    void fallbacksThatAreNotDeterministicAreSaidByTheRunItsSummaryAndItsReport() throws IOException {
        CudaProcess run = distill(Map.of("CUEMU_CUDNN_REFUSE", "all:filter:1"));

        assertThat(run.exitCode()).as(run.output()).isZero();
        String text =
                "cuDNN computes the backward filter pass of conv2d(images (32, 14, 14, 4) F32, 8 outputs, kernel 3,"
                        + " stride 1, padding 1) by algorithm 0 (not deterministic), as it refused algorithm 1 by status 3000"
                        + " and algorithm 1 with an NCHW filter by status 3000";
        assertThat(run.output())
                .containsOnlyOnce(text + "; another run of this configuration may give other checkpoints\n")
                .containsOnlyOnce(text + "\n");
        assertThat(folder.resolve("run/summary.json"))
                .content()
                .contains("\"text\" : \"" + text + "\",\n    \"deterministic\" : false");
        assertThat(folder.resolve("run/report.html")).content().contains(text, ">Determinism<");
    }

    /** The teacher takes two steps and launches two graphs at most; the third launch is of a student. */
    @ParameterizedTest
    @CsvSource({
        "700, CUDA_ERROR_ILLEGAL_ADDRESS, run with MAMBA_PKD_CUDA_SYNC=1 to find the kernel",
        "719, CUDA_ERROR_LAUNCH_FAILED, run with MAMBA_PKD_CUDA_SYNC=1 to find the kernel",
        "214, CUDA_ERROR_ECC_UNCORRECTABLE, its memory is failing: look at nvidia-smi -q -d ECC",
        "999, CUDA_ERROR_UNKNOWN, look for Xid in the system's log"
    })
    void deviceErrorEndsTheRunWithItsFirstErrorAndKeepsTheTeacher(int status, String name, String remedy)
            throws IOException {
        CudaProcess run = distill(Map.of("CUEMU_FAIL", "cuGraphLaunch:3:" + status + ":sticky"));

        String resume = "go on with: mamba-pkd distill --resume " + folder.resolve("run");
        assertThat(run.refusal(DEVICE_LOST))
                .startsWith("the device reported " + name + " in or before ")
                .contains("; this process cannot use it any more and has to be started again; " + remedy)
                .endsWith("; then " + resume);
        List<String> finished = checkpoints();
        assertThat(finished).startsWith("teacher.safetensors").doesNotContain("student-2-two.safetensors");
        Path last = folder.resolve("run/checkpoints").resolve(finished.get(finished.size() - 1));
        assertThat(run.output())
                .containsOnlyOnce("the run ended by an error; the last good checkpoint is " + last
                        + (finished.size() == 1 ? "" : ", after teacher.safetensors")
                        + "; " + resume + "\n");
        for (String file : finished) {
            assertThat(Safetensors.read(folder.resolve("run/checkpoints").resolve(file)))
                    .isNotNull();
        }
    }

    /** A library says that a kernel failed; only the driver knows whether the device is lost with it. */
    @Test
    void aLibraryThatFailsOnALostDeviceEndsWithTheLossToo() {
        CudaProcess run = distill(Map.of("CUEMU_FAIL", "cublasSgemm_v2:1:700:sticky"));

        assertThat(run.refusal(DEVICE_LOST))
                .startsWith("cublas")
                .contains("; the device reported CUDA_ERROR_ILLEGAL_ADDRESS in or before ")
                .contains("; this process cannot use it any more and has to be started again; ")
                .endsWith("; then go on with: mamba-pkd distill --resume " + folder.resolve("run"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            cuMemAllocHost:1:2 | the host cannot pin | end other programs, or allow more locked memory to the process or its container (ulimit -l)
            cuInit:1:999       | the NVIDIA driver does not start: cuInit(): CUDA_ERROR_UNKNOWN; see whether nvidia-smi works | or use --device cpu
            """)
    void whatIsNotTheFaultOfTheDeviceIsNotSaidToBeOne(String failure, String start, String remedy) {
        String sentence = CudaProcess.run(
                        Map.of("CUEMU_FAIL", failure), "validate", "--device", "cuda", "--ops", "gemm", "--cases", "1")
                .refusal();

        assertThat(sentence).startsWith(start).endsWith(remedy).doesNotContain("room left", "find the kernel");
    }
}
