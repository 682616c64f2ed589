package io.mambapkd.bench;

import io.mambapkd.InputException;
import io.mambapkd.report.ResultsTable;
import io.mambapkd.results.SummaryJson;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** All kinds of results: {@code report} shows what is here. */
final class ResultKinds {
    static final ResultKind<StepResult> STEP = new ResultKind<>(
            StepResult.KIND, StepResult.FORMAT_VERSION, StepResult.class, "mamba-pkd bench step", StepTable::markdown);
    static final ResultKind<CpuStepResult> CPU_STEP = new ResultKind<>(
            CpuStepResult.KIND,
            CpuStepResult.FORMAT_VERSION,
            CpuStepResult.class,
            "mamba-pkd bench cpu-step",
            CpuStepTable::markdown);

    static final ResultKind<KernelsResult> KERNELS = new ResultKind<>(
            KernelsResult.KIND,
            KernelsResult.FORMAT_VERSION,
            KernelsResult.class,
            "mamba-pkd bench kernels",
            KernelsTable::markdown);

    static final ResultKind<JobResult> JOB = new ResultKind<>(
            JobResult.KIND, JobResult.FORMAT_VERSION, JobResult.class, "mamba-pkd bench job", JobTable::markdown);
    static final ResultKind<PeersResult> PEERS = new ResultKind<>(
            PeersResult.KIND,
            PeersResult.FORMAT_VERSION,
            PeersResult.class,
            "mamba-pkd bench peers",
            PeersTable::markdown);

    private static final List<ResultKind<?>> ALL = List.of(KERNELS, STEP, JOB, PEERS, CPU_STEP);

    /** The section of a run's summary.json, which has accuracies and no times. */
    static final String RUN = "run";

    /**
     * A file that was read.
     *
     * @param kind also the name of its section in a document
     * @param emulated whether it holds times of no hardware
     * @param markdown its table
     */
    record Shown(String kind, boolean emulated, String markdown) {}

    private ResultKinds() {}

    /** @throws InputException if the file is no result, or of a kind or format that this program does not know */
    static Shown show(Path file) {
        if (ResultFile.isSummaryOfRun(file)) {
            byte[] json = ResultFile.text(file).getBytes(StandardCharsets.UTF_8);
            return new Shown(RUN, false, ResultsTable.markdown(SummaryJson.read(json, file.toString())));
        }
        ResultFile.Envelope envelope = ResultFile.envelope(file);
        return ALL.stream()
                .filter(kind -> kind.name().equals(envelope.kind()))
                .findFirst()
                .map(kind -> show(kind, file))
                .orElseThrow(() -> new InputException("expected a result of kind "
                        + ALL.stream().map(ResultKind::name).collect(Collectors.joining(", ")) + " in " + file
                        + ", got kind " + envelope.kind() + "; name a file that a command of mamba-pkd bench wrote"));
    }

    private static <T extends Result> Shown show(ResultKind<T> kind, Path file) {
        T result = ResultFile.read(file, kind);
        return new Shown(kind.name(), result.origin().emulated(), kind.markdown(result));
    }
}
