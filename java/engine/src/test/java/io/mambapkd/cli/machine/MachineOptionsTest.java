package io.mambapkd.cli.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.InputException;
import io.mambapkd.cli.CommandRun;
import io.mambapkd.cli.FakeJobs;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.ops.cuda.driver.CudaStatus;
import io.mambapkd.ops.cuda.failures.CudaCallError;
import io.mambapkd.ops.cuda.libraries.CublasStatus;
import io.mambapkd.ops.cuda.libraries.CudnnStatus;
import io.mambapkd.ops.cuda.options.CudaOptions;
import io.mambapkd.ops.cuda.options.CudaOptions.Fusion;
import io.mambapkd.ops.cuda.options.CudaOptions.Products;
import io.mambapkd.ops.cuda.options.CudaOptions.Steps;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the options for devices come to, with a GPU that is none. */
final class MachineOptionsTest {
    private final FakeJobs jobs = new FakeJobs();

    @TempDir
    private Path folder;

    private @Nullable CudaOptions asked;

    /** Stands for a GPU. */
    private Backend open(CudaOptions options) {
        asked = options;
        return new CpuBackend(1);
    }

    private CommandRun teacher(CudaMachine cuda, String... options) {
        String[] common = {"teacher", "--out", folder.resolve("run").toString()};
        String[] args = java.util.Arrays.copyOf(common, common.length + options.length);
        System.arraycopy(options, 0, args, common.length, options.length);
        return CommandRun.of(cuda, jobs, folder, args);
    }

    @Test
    void usualOptionsAreTheFirstGpuWithGraphsAndNothingRounded() {
        assertThat(teacher(this::open, "--device", "cuda").exitCode()).isZero();

        CudaOptions options = Objects.requireNonNull(asked);
        assertThat(options.device()).isZero();
        assertThat(options.steps()).isEqualTo(Steps.GRAPH);
        assertThat(options.fusion()).isEqualTo(Fusion.FUSED);
        assertThat(options.products()).isEqualTo(Products.FLOAT32);
        assertThat(options.libraries()).isEqualTo(CudaOptions.Libraries.AT_ONCE);
    }

    @Test
    void optionsReachTheBackendAndRoundingIsPartOfTheDescription() throws IOException {
        Path libraries = Files.createDirectory(folder.resolve("libs"));
        Files.createFile(libraries.resolve("libcudnn.so.9"));
        CommandRun run = teacher(
                this::open,
                "--device",
                "cuda",
                "--gpu",
                "2",
                "--no-graph",
                "--no-fusion",
                "--tf32",
                "--cuda-libs",
                libraries.toString());

        assertThat(run.exitCode()).as(run.err()).isZero();
        CudaOptions options = Objects.requireNonNull(asked);
        assertThat(options.device()).isEqualTo(2);
        assertThat(options.steps()).isEqualTo(Steps.EAGER);
        assertThat(options.fusion()).isEqualTo(Fusion.SEPARATE);
        assertThat(options.products()).isEqualTo(Products.TF32);
        assertThat(options.libraryFolders()).containsExactly(libraries);
        assertThat(jobs.asked().device()).endsWith(", products and convolutions in TF32");
    }

    @Test
    void automaticChoiceTakesTheGpuAndSaysThatItChose() {
        CommandRun run = teacher(this::open);

        assertThat(run.exitCode()).isZero();
        assertThat(asked).isNotNull();
        assertThat(run.err()).contains(" (chosen by --device auto)");
        assertThat(jobs.asked().device()).endsWith(" (chosen by --device auto)");
    }

    @Test
    void automaticChoiceWithoutAUsefulGpuGivesItsReason() {
        CommandRun run = teacher(options -> {
            throw new InputException("the driver is asleep; wake it");
        });

        assertThat(run.exitCode()).isZero();
        assertThat(jobs.asked().backend().name()).isEqualTo("cpu");
        String reason = " (chosen by --device auto, as CUDA is of no use here: the driver is asleep; wake it)";
        assertThat(jobs.asked().device()).endsWith(reason);
        assertThat(run.err()).contains(reason);
    }

    /** One of the driver, of cuBLAS, of cuDNN; and within another sentence. */
    static Stream<RuntimeException> errorsOfTheProgram() {
        return Stream.of(
                CudaStatus.failure(201, "cuMemAlloc(bytes=64)"),
                CublasStatus.failure(7, "cublasSetMathMode(1)"),
                CudnnStatus.failure(2000, "cudnnSetStream()"),
                new InputException("nothing can be computed", CudaStatus.failure(1, "cuMemAlloc(bytes=-1)")),
                new InputException(
                        "nothing can be computed", new IllegalStateException(CublasStatus.failure(11, "f()"))));
    }

    /** The CPU would hide it. */
    @ParameterizedTest
    @MethodSource("errorsOfTheProgram")
    void automaticChoiceDoesNotHideAnErrorOfTheProgram(RuntimeException failure) {
        CommandRun run = teacher(options -> {
            throw failure;
        });

        String itself = CudaCallError.in(failure).orElseThrow().getMessage();
        assertThat(run.exitCode()).as(run.err()).isEqualTo(70);
        assertThat(run.err())
                .isEqualToIgnoringNewLines("mamba-pkd: internal error: " + itself + "; re-run with --stacktrace");
        assertThat(jobs.context).isNull();
        assertThat(folder.resolve("run")).doesNotExist();
    }

    @Test
    void automaticChoiceTakesTheCpuWhereTheMachineCannotUseTheGpu() {
        CommandRun run = teacher(options -> {
            throw CudnnStatus.failure(1001, "cudnnCreate()");
        });

        assertThat(run.exitCode()).isZero();
        assertThat(run.err())
                .contains(
                        "CUDA is of no use here: cudnnCreate(): cuDNN could not start (cuDNN status 1001); see with nvidia-smi whether it fits");
    }

    @Test
    void gpuThatWasAskedForAndIsOfNoUseIsAnError() {
        CommandRun run = teacher(CommandRun.NO_GPU, "--device", "cuda");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).isEqualToIgnoringNewLines("mamba-pkd: there is no driver");
        assertThat(folder.resolve("run")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --device cpu --tf32                      | --tf32 is for CUDA but the device is cpu; leave it out, or use --device cuda
            --device cpu --no-fusion                 | --no-fusion is for CUDA but the device is cpu; leave it out, or use --device cuda
            --device cpu --gpu 0 --no-graph          | --gpu and --no-graph are for CUDA but the device is cpu; leave them out, or use --device cuda
            --device cpu --cuda-libs /usr/lib        | --cuda-libs is for CUDA but the device is cpu; leave it out, or use --device cuda
            --device cuda --gpu -1                   | --gpu: expected the number of a GPU, 0 or more, got -1
            --gpu -1                                 | --gpu: expected the number of a GPU, 0 or more, got -1
            --cuda-libs /no/such                     | --cuda-libs: expected a folder with libcublas.so.12, libcublas.so.13 or libcudnn.so.9, got /no/such, which is no folder; install CUDA 12 or 13 and cuDNN 9, or name the folder that has them
            """)
    void optionThatIsWrongOnEveryMachineIsOneSentence(String options, String sentence) {
        CommandRun run = teacher(this::open, options.split(" "));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).isEqualToIgnoringNewLines("mamba-pkd: " + sentence);
        assertThat(asked).isNull();
    }

    @ParameterizedTest
    @CsvSource({"teacher", "distill", "evaluate", "validate"})
    void everyCommandThatComputesHasTheOptions(String command) {
        assertThat(CommandRun.of(jobs, folder, command, "--help").out())
                .contains("--device=", "--gpu=", "--no-graph", "--no-fusion", "--cuda-libs=", "--tf32", "--threads=");
    }

    @Test
    void validateTakesNothingButAGpuUnlessToldSo() {
        String[] little = {"--ops", "gemm", "--cases", "1"};
        CommandRun usual = CommandRun.of(jobs, folder, "validate", little[0], little[1], little[2], little[3]);
        assertThat(usual.exitCode()).isEqualTo(2);
        assertThat(usual.err()).isEqualToIgnoringNewLines("mamba-pkd: there is no driver");

        CommandRun automatic =
                CommandRun.of(jobs, folder, "validate", "--device", "auto", little[0], little[1], little[2], little[3]);
        assertThat(automatic.exitCode()).as(automatic.err()).isZero();
        assertThat(automatic.err()).contains("tested: cpu, ", "as CUDA is of no use here: there is no driver)");
    }
}
