package io.mambapkd.bench;

import io.mambapkd.InputException;
import io.mambapkd.bench.cpu.CpuStepResult;
import io.mambapkd.bench.cpu.CpuTeachersResult;
import io.mambapkd.bench.job.JobResult;
import io.mambapkd.bench.kernels.KernelsResult;
import io.mambapkd.bench.model.FusedResult;
import io.mambapkd.bench.model.ModelResult;
import io.mambapkd.bench.peers.PeersResult;
import io.mambapkd.bench.result.Result;
import io.mambapkd.bench.result.ResultFile;
import io.mambapkd.bench.result.ResultKind;
import io.mambapkd.bench.saves.SavesResult;
import io.mambapkd.bench.step.StepResult;
import io.mambapkd.report.ResultsTable;
import io.mambapkd.results.SummaryJson;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** All kinds of results: {@code report} shows what is here. */
final class ResultKinds {
    private static final List<ResultKind<?>> ALL = List.of(
            KernelsResult.FILES,
            StepResult.FILES,
            JobResult.FILES,
            SavesResult.FILES,
            PeersResult.FILES,
            CpuStepResult.FILES,
            CpuTeachersResult.FILES,
            ModelResult.FILES,
            FusedResult.FILES);

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
