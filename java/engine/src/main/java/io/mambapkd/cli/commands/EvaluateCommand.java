package io.mambapkd.cli.commands;

import io.mambapkd.cli.machine.Machine;
import io.mambapkd.cli.machine.MachineOptions;
import io.mambapkd.cli.session.ExitCode;
import io.mambapkd.cli.session.Session;
import io.mambapkd.cli.text.SummaryText;
import io.mambapkd.results.RunSummary;
import io.mambapkd.results.SummaryJson;
import io.mambapkd.storage.OutputFile;
import io.mambapkd.storage.RunSums;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mamba-pkd evaluate}. */
@Command(
        name = "evaluate",
        description =
                "Evaluates the models that are finished in a run folder, on the data of the run or on others. Writes nothing but what"
                        + " --json names.")
public final class EvaluateCommand implements Callable<Integer> {
    private static final String VIEWS = "--views";
    private static final String JSON = "--json";
    private static final Path TO_OUTPUT = Path.of("-");

    private final Session session;

    @Mixin
    private final MachineOptions machine = new MachineOptions();

    @Option(
            names = "--dataset",
            paramLabel = "DATASET",
            description = "Evaluate on these data, normalised as those of the run: mnist, cifar10:DIR, idx:DIR"
                    + " or another as with distill. Classes are found by their names.")
    private @Nullable String dataset;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description =
                    "One of the settings that change no model: testImages, earlyExit.maximumAccuracyLoss, teacher.batch,"
                            + " teacher.views, student.batch.")
    private List<String> assignments = new ArrayList<>();

    @Option(
            names = VIEWS,
            paramLabel = "N",
            description =
                    "Evaluate the teacher on so many views of each image, too, beside its plain accuracy: 1, 2 (with its"
                            + " mirror image) or 6 (both also moved by a pixel).")
    private @Nullable String views;

    @Option(
            names = JSON,
            paramLabel = "FILE",
            description =
                    "Write the summary to a file, as summary.json has it; with - to the output instead of the table. Of a file of"
                            + " the run the line in SHA256SUMS is renewed.")
    private @Nullable Path json;

    @Parameters(paramLabel = "RUN", description = "The run folder.")
    private @Nullable Path run;

    public EvaluateCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Path place = json;
        OutputFile file = place == null || place.equals(TO_OUTPUT) ? null : OutputFile.of(JSON, place);
        try (Machine device = machine.open(session.cuda())) {
            OpenedRun opened =
                    OpenedRun.open(Objects.requireNonNull(run), dataset, assignments, views, device, session.err());
            opened.requireModels(session.err());
            RunSummary summary = new EvaluationJob(session).run(opened, device, session.jobs()::evaluate);
            if (summary == null) {
                return ExitCode.STOPPED;
            }
            byte[] text = SummaryJson.write(summary);
            if (TO_OUTPUT.equals(place)) {
                session.out().print(new String(text, StandardCharsets.UTF_8));
                session.out().flush();
                return ExitCode.OK;
            }
            if (file != null) {
                RunSums.replacing(opened.folder(), place, text, () -> file.write(text));
            }
            new SummaryText(session.out()).print(summary);
            return ExitCode.OK;
        }
    }
}
