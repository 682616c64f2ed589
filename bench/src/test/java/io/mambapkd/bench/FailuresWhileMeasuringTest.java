package io.mambapkd.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.bench.job.JobResult;
import io.mambapkd.bench.kernels.KernelsResult;
import io.mambapkd.bench.kernels.KernelsTable;
import io.mambapkd.bench.kernels.Measurement;
import io.mambapkd.bench.kernels.Measurement.Outcome;
import io.mambapkd.bench.peers.PeersResult;
import io.mambapkd.bench.result.Result;
import io.mambapkd.bench.result.ResultFile;
import io.mambapkd.bench.step.StepResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A GPU or a library that fails, and a process that is ended, while something is measured: the result keeps what there is. */
@Timeout(180)
@Tag("process")
class FailuresWhileMeasuringTest {
    private static final String DEVICE_ERROR = "the device reported CUDA_ERROR_ILLEGAL_ADDRESS in or before ";
    private static final String TOO_LITTLE_MEMORY = "CUDA_ERROR_OUT_OF_MEMORY";

    /** Settings of a teacher and two students that take seconds. */
    private static final List<String> SMALL = List.of(
            "--preset=mnist-demo",
            "--set=validationImages=64",
            "--set=testImages=64",
            "--set=teacher.channels=[4, 8]",
            "--set=teacher.images=64",
            "--set=teacher.batch=32",
            "--set=teacher.epochs=1",
            "--set=student.images=64",
            "--set=student.batch=32",
            "--set=student.copies=2",
            "--set=student.epochs=1",
            "--set=students=[{name: one, cut: rows, tokenSize: 14, modelWidth: 4, blocks: 1, stateSize: 2, learningRate: 0.02},"
                    + " {name: two, cut: rows, tokenSize: 14, modelWidth: 4, blocks: 1, stateSize: 2, learningRate: 0.02}]");

    @TempDir
    Path folder;

    private List<String> arguments(String command, List<String> more) {
        List<String> all = new ArrayList<>(List.of(command, "--commit=abc", "--out=" + file()));
        all.addAll(more);
        return all;
    }

    private Path file() {
        return folder.resolve("result.json");
    }

    private BenchProcess fails(Map<String, String> environment, String command, List<String> more) {
        BenchProcess run = BenchProcess.run(environment, arguments(command, more));
        assertThat(run.exitCode()).as(run.output()).isEqualTo(1);
        assertThat(run.output()).doesNotContain("\tat ");
        return run;
    }

    private static List<String> kernels(String operations) {
        return List.of("--quick", "--shapes=2,3,8,4", "--ops=" + operations, "--variant=shipped");
    }

    private KernelsResult kernelsResult() {
        return ResultFile.read(file(), KernelsResult.FILES);
    }

    @Test
    void aKernelThatALibraryRefusesIsARowWithTheReason() {
        BenchProcess run = fails(
                Map.of("CUEMU_LIBRARY_FAIL", "cublasSgemm_v2:1:14"), "kernels", kernels("product_in,gate_forward"));
        KernelsResult result = kernelsResult();
        assertThat(result.incomplete()).isEmpty();
        assertThat(result.rows()).hasSize(4);
        assertThat(result.rows().stream().filter(row -> row.outcome() != Outcome.MEASURED))
                .singleElement()
                .satisfies(row -> {
                    assertThat(row.outcome()).isEqualTo(Outcome.FAILED);
                    assertThat(KernelsTable.name(row)).isEqualTo("product_in shipped f32 2,3,8,4");
                    assertThat(row.remark()).startsWith("cublasSgemm(").contains("CUBLAS_STATUS_INTERNAL_ERROR");
                });
        assertThat(run.output())
                .contains("- **Failed**: product_in shipped f32 2,3,8,4: cublasSgemm(")
                .containsPattern("\nmamba-pkd bench: product_in shipped f32 2,3,8,4 failed: cublasSgemm[^\n]*\n$");
    }

    @Test
    void aLostDeviceEndsTheKernelsWithWhatThereIs() {
        // The ceilings, the check and the captured launches of a row are some ten launches.
        fails(Map.of("CUEMU_FAIL", "cuLaunchKernel:40:700:sticky"), "kernels", kernels("gate_forward,add,softmax"));
        KernelsResult result = kernelsResult();
        assertThat(result.incomplete()).startsWith(DEVICE_ERROR);
        assertThat(result.rows().get(result.rows().size() - 1).outcome()).isEqualTo(Outcome.FAILED);
        assertThat(result.rows().stream().filter(row -> row.outcome() == Outcome.FAILED))
                .hasSize(1);
        assertThat(result.rows()).extracting(Measurement::operation).doesNotContain("softmax");
    }

    @Test
    void kernelsOfAProcessThatIsKilledAreKeptUpToTheLastRow() {
        // What follows add takes seconds, so that the process is still at work when it is killed.
        String operations = "gate_forward,add,convert,distillation_loss,softmax,dropout,adamw,sgd,gradient_norm";
        BenchProcess run = BenchProcess.run(
                Map.of(), arguments("kernels", kernels(operations)), line -> line.startsWith("add shipped f32"));
        assertThat(run.output()).contains("gate_forward shipped bf16 2,3,8,4: ");
        KernelsResult result = kernelsResult();
        assertThat(result.incomplete()).isEqualTo(Result.UNFINISHED);
        assertThat(result.rows().stream().map(KernelsTable::name))
                .startsWith("gate_forward shipped f32 2,3,8,4", "gate_forward shipped bf16 2,3,8,4");
        assertThat(KernelsResult.FILES.markdown(result))
                .contains(
                        "- **Not everything was measured**: the command was ended before it had measured everything.");
    }

    @Test
    void kernelsWithoutAGpuDoNotOfferAnOptionThatTheyLack() {
        BenchProcess run = BenchProcess.run(Map.of("CUEMU_DEVICES", "0"), arguments("kernels", kernels("add")));
        assertThat(run.exitCode()).as(run.output()).isEqualTo(2);
        assertThat(run.output())
                .isEqualTo("mamba-pkd bench: cuInit(): CUDA_ERROR_NO_DEVICE; bench kernels measures a GPU alone;"
                        + " mamba-pkd doctor says what one needs\n");
    }

    private List<String> small(String... more) {
        List<String> all = new ArrayList<>(SMALL);
        all.addAll(List.of(more));
        return all;
    }

    private StepResult stepResult() {
        return ResultFile.read(file(), StepResult.FILES);
    }

    @Test
    void aStepThatHasNoMemoryIsARowWithTheReasonAndTheOthersAreTimed() {
        BenchProcess run = fails(Map.of("CUEMU_FAIL", "cuGraphLaunch:1:2"), "step", small("--quick"));
        StepResult result = stepResult();
        assertThat(result.incomplete()).isEmpty();
        // Teacher and two students, in two precisions and two modes.
        assertThat(result.rows()).hasSize(12);
        StepResult.Row failed = result.rows().get(0);
        assertThat(failed.name()).isEqualTo("teacher f32 replayed");
        assertThat(failed.batch()).isEqualTo(32);
        assertThat(failed.outcome()).isEqualTo(StepResult.Outcome.FAILED);
        assertThat(failed.reason()).contains(TOO_LITTLE_MEMORY);
        assertThat(result.rows().subList(1, 12)).allMatch(StepResult.Row::isMeasured);
        assertThat(run.output()).contains("- **Failed**: teacher f32 replayed: cuGraphLaunch(");
    }

    @Test
    void aLostDeviceEndsTheStepsWithWhatThereIs() {
        // A row launches 7 graphs at --quick: one of four launches of warm-up is done as it is.
        fails(Map.of("CUEMU_FAIL", "cuGraphLaunch:10:700:sticky"), "step", small("--quick"));
        StepResult result = stepResult();
        assertThat(result.incomplete()).startsWith(DEVICE_ERROR);
        assertThat(result.rows())
                .extracting(StepResult.Row::outcome)
                .containsExactly(StepResult.Outcome.MEASURED, StepResult.Outcome.FAILED);
    }

    @Test
    void stepsOfAProcessThatIsKilledAreKeptUpToTheLastRow() {
        BenchProcess.run(
                Map.of(),
                arguments("step", small("--quick", "--device=cpu")),
                line -> line.startsWith("one f32 eager: "));
        StepResult result = stepResult();
        assertThat(result.incomplete()).isEqualTo(Result.UNFINISHED);
        assertThat(result.rows().stream().map(StepResult.Row::name)).startsWith("teacher f32 eager", "one f32 eager");
    }

    @Test
    void aLostDeviceEndsTheJobWithTheStagesThatEnded() {
        // The teacher takes two steps, and launches two graphs at most; the third launch is of a student.
        BenchProcess run =
                fails(Map.of("CUEMU_FAIL", "cuGraphLaunch:3:700:sticky"), "job", small("--set=student.epochs=8"));
        JobResult result = ResultFile.read(file(), JobResult.FILES);
        assertThat(result.stages()).isNotEmpty().allSatisfy(stage -> {
            assertThat(stage.seconds()).isPositive();
            assertThat(stage.imagesPerSecond()).isZero();
        });
        assertThat(result.stages().get(0).name()).isEqualTo("teacher");
        assertThat(result.incomplete()).containsPattern("^[a-z' ]+: " + DEVICE_ERROR);
        assertThat(result.run()).isEmpty();
        assertThat(run.output()).contains("| until it ended |", "- **Not everything was measured**: ");
    }

    @Test
    void aJobThatHasNoRoomFromTheStartSaysSo() {
        fails(Map.of("CUEMU_MEMORY_MB", "6"), "job", small("--set=teacher.channels=[16, 16]"));
        JobResult result = ResultFile.read(file(), JobResult.FILES);
        assertThat(result.stages()).isEmpty();
        assertThat(result.incomplete())
                .startsWith("before the first stage: arena ")
                .contains(" bytes of device memory");
    }

    @Test
    void aJobThatIsKilledInItsFirstStageLeavesNoOlderResult() throws IOException {
        Files.writeString(file(), "an older result");
        BenchProcess.run(Map.of(), arguments("job", small("--device=cpu")), line -> line.equals("teacher"));
        JobResult result = ResultFile.read(file(), JobResult.FILES);
        assertThat(result.stages()).isEmpty();
        assertThat(result.incomplete()).isEqualTo(Result.UNFINISHED);
    }

    @Test
    void stagesOfAJobThatIsKilledAreKept() {
        BenchProcess.run(Map.of(), arguments("job", small("--device=cpu")), line -> line.equals("evaluation"));
        JobResult result = ResultFile.read(file(), JobResult.FILES);
        assertThat(result.stages())
                .extracting(JobResult.Stage::name)
                .containsExactly("teacher", "copies and the teacher's logits", "student one", "student two");
        assertThat(result.incomplete()).isEqualTo(Result.UNFINISHED);
    }

    /** It keeps to the protocol, and keeps a copy of the result that it finds at each start. */
    private List<String> peers(String... more) throws IOException {
        Path python = Files.writeString(folder.resolve("python"), """
                #!/bin/sh
                n=$(ls FOLDER | wc -l)
                if [ -f FOLDER/result.json ]; then cp FOLDER/result.json "FOLDER/copy-$n.json"; fi
                for word in "$@"; do
                  case $word in --gradient=*) : >"${word#--gradient=}" ;; esac
                done
                echo ready
                while read -r line; do echo "block 0.002"; done
                echo '{"peer": "Engine 1", "device": "cpu", "scan": "a loop", "loss": 1.0}'
                """.replace("FOLDER", folder.toString()));
        Files.setPosixFilePermissions(python, PosixFilePermissions.fromString("rwxr-xr-x"));
        List<String> all = small("--quick", "--python=" + python, "--programs=peers/torch");
        all.addAll(List.of(more));
        return all;
    }

    @Test
    void aTaskThatFailsOnOurSideHasRowsWithTheReasonAndTheOthersAreCompared() throws IOException {
        // The step is replayed before there is a peer.
        BenchProcess run = fails(Map.of("CUEMU_FAIL", "cuGraphLaunch:1:2"), "peers", peers());
        PeersResult result = ResultFile.read(file(), PeersResult.FILES);
        assertThat(result.incomplete()).isEmpty();
        assertThat(result.rows()).hasSize(3 + 2 * 2 * 3);
        assertThat(result.rows().subList(0, 3)).allSatisfy(row -> {
            assertThat(row.task()).isEqualTo("student two");
            assertThat(row.outcome()).isEqualTo(PeersResult.Outcome.FAILED);
            assertThat(row.reason()).contains(TOO_LITTLE_MEMORY);
        });
        assertThat(result.rows().subList(3, 12)).allMatch(row -> row.outcome() == PeersResult.Outcome.MEASURED);
        // This peer has no gradient of the loss.
        assertThat(result.rows().subList(12, 15))
                .allMatch(row -> row.outcome() == PeersResult.Outcome.NOT_MEASURED
                        && row.task().equals("loss, K 10"));
        assertThat(run.output()).contains("- **Failed** on our side: student two, f32, eager: cuGraphLaunch(");
        for (int n = 0; n < 12; n++) {
            // Python and the result stand beside the copies.
            PeersResult copy = ResultFile.read(folder.resolve("copy-" + (n + 2) + ".json"), PeersResult.FILES);
            assertThat(copy.rows()).hasSize(3 + n);
            assertThat(copy.incomplete()).isEqualTo(Result.UNFINISHED);
        }
    }

    @Test
    void aLostDeviceEndsThePeersWithWhatThereIs() throws IOException {
        fails(Map.of("CUEMU_FAIL", "cuGraphLaunch:20:700:sticky"), "peers", peers());
        PeersResult result = ResultFile.read(file(), PeersResult.FILES);
        assertThat(result.incomplete()).startsWith(DEVICE_ERROR);
        assertThat(result.rows().stream().filter(row -> row.outcome() == PeersResult.Outcome.FAILED))
                .hasSize(1);
        assertThat(result.rows().get(result.rows().size() - 1).outcome()).isEqualTo(PeersResult.Outcome.FAILED);
    }
}
