package io.mambapkd.bench;

import io.mambapkd.InputException;
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

    private static final List<ResultKind<?>> ALL = List.of(KERNELS, STEP, CPU_STEP);

    /**
     * A file that was read.
     *
     * @param markdown its table
     */
    record Shown(String kind, Origin origin, String markdown) {}

    private ResultKinds() {}

    /** @throws InputException if the file is no result, or of a kind or format that this program does not know */
    static Shown show(Path file) {
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
        return new Shown(kind.name(), result.origin(), kind.markdown(result));
    }
}
