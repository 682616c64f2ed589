package io.mambapkd.cli.commands;

import io.mambapkd.cli.machine.Machine;
import io.mambapkd.cli.machine.MachineOptions;
import io.mambapkd.cli.session.ExitCode;
import io.mambapkd.cli.session.ProgressListener;
import io.mambapkd.cli.session.Session;
import io.mambapkd.cli.session.StopSignal;
import io.mambapkd.cli.text.SummaryText;
import io.mambapkd.data.Dataset;
import io.mambapkd.data.Datasets;
import io.mambapkd.results.RunSummary;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.train.RunStopped;
import io.mambapkd.train.run.RunContext;
import io.mambapkd.train.settings.Precisions;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.RunSpecYaml;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code mamba-pkd evaluate}. */
@Command(name = "evaluate", description = "Evaluates a finished run again, from its checkpoints. Writes nothing.")
public final class EvaluateCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private final MachineOptions machine = new MachineOptions();

    @Parameters(paramLabel = "RUN", description = "The run folder.")
    private @Nullable Path run;

    public EvaluateCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        RunFolder folder = RunFolder.open(java.util.Objects.requireNonNull(run));
        RunSpec spec = RunSpecYaml.complete(folder.config());
        try (Machine opened = machine.open(session.cuda())) {
            Dataset dataset = Datasets.open(spec.dataset(), spec.validationImages());
            session.err().println("device: " + opened.backend().name() + ", " + opened.description());
            RunSpec available = Precisions.available(spec, opened.backend());
            if (!available.equals(spec)) {
                session.err()
                        .println("note: the run was trained in bf16, which this device lacks; evaluating its f32"
                                + " checkpoints in f32");
            }
            RunChecks.evaluation(available, dataset, opened, folder);
            return evaluate(available, dataset, opened, folder);
        }
    }

    private int evaluate(RunSpec spec, Dataset dataset, Machine opened, RunFolder folder) {
        try (StopSignal stop = StopSignal.install(session.err(), "nothing was written")) {
            ProgressListener listener = new ProgressListener(session.err(), stop);
            try {
                RunContext context = new RunContext(
                        opened.backend(), opened.description(), opened.threads(), spec, dataset, folder, listener);
                RunSummary summary = session.jobs().evaluate(context);
                listener.end();
                new SummaryText(session.out()).print(summary);
                return ExitCode.OK;
            } catch (RunStopped e) {
                listener.end();
                session.err().println("stopped; nothing was written");
                return ExitCode.STOPPED;
            }
        }
    }
}
