package io.mambapkd.cli.commands;

import io.mambapkd.cli.machine.Machine;
import io.mambapkd.cli.machine.MachineOptions;
import io.mambapkd.cli.session.ExitCode;
import io.mambapkd.cli.session.Session;
import io.mambapkd.cli.session.StopSignal;
import io.mambapkd.storage.OutputFile;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.storage.RunLock;
import io.mambapkd.storage.RunSums;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mamba-pkd report}. */
@Command(
        name = "report",
        description =
                "Writes the report of a run folder anew, from its checkpoints and metrics.jsonl; of a run that did not end, that of the"
                        + " models that are finished.")
public final class ReportCommand implements Callable<Integer> {
    private static final String OUT = "--out";
    private static final Path TO_OUTPUT = Path.of("-");

    private final Session session;

    @Mixin
    private final MachineOptions machine = new MachineOptions();

    @Option(
            names = OUT,
            paramLabel = "FILE",
            description = "Where to write it, with - to the output; default RUN/report.html.")
    private @Nullable Path out;

    @Option(
            names = "--dataset",
            paramLabel = "DATASET",
            description = "Where the data of the run are now: mnist, cifar10:DIR, idx:DIR or another as with distill.")
    private @Nullable String dataset;

    @Parameters(paramLabel = "RUN", description = "The run folder.")
    private @Nullable Path run;

    public ReportCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        return StopSignal.during(session.err(), this::report);
    }

    private int report(StopSignal stop) {
        RunFolder folder = RunFolder.open(Objects.requireNonNull(run));
        Path place = TO_OUTPUT.equals(out) ? null : out == null ? folder.report() : out;
        try (RunLock lock = RunLock.ofOutput(folder, place);
                Machine device = stop.unlessAsked(() -> machine.open(session.cuda()))) {
            lock.notes().forEach(note -> session.err().println("note: " + note));
            OpenedRun opened = OpenedRun.open(folder.path(), dataset, List.of(), null, device, session.err(), stop);
            opened.requireOwnData();
            opened.requireModels(session.err());
            OutputFile file = place == null ? null : OutputFile.of(OUT, place);
            byte[] page = new EvaluationJob(session).run(opened, device, stop, session.jobs()::report);
            if (file == null) {
                session.out().print(new String(page, StandardCharsets.UTF_8));
                session.out().flush();
                return ExitCode.OK;
            }
            RunSums.replacing(opened.folder(), place, page, () -> file.write(page));
            session.out().println("report: " + place);
            return ExitCode.OK;
        }
    }
}
