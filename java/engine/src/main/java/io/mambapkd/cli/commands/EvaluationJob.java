package io.mambapkd.cli.commands;

import io.mambapkd.cli.machine.Machine;
import io.mambapkd.cli.session.ProgressListener;
import io.mambapkd.cli.session.Session;
import io.mambapkd.cli.session.StopSignal;
import io.mambapkd.train.run.RunContext;
import io.mambapkd.train.settings.Precisions;
import io.mambapkd.train.settings.RunSpec;
import java.util.function.Function;

/** Evaluates an opened run on a machine, with progress and Ctrl-C. */
public final class EvaluationJob {
    private final Session session;

    public EvaluationJob(Session session) {
        this.session = session;
    }

    /**
     * Does one of the session's jobs.
     *
     * @throws io.mambapkd.train.RunStopped if the user has stopped it
     */
    public <T> T run(OpenedRun run, Machine machine, StopSignal stop, Function<RunContext, T> job) {
        session.err().println("device: " + machine.backend().name() + ", " + machine.description());
        RunSpec spec = Precisions.available(run.spec(), machine.backend());
        if (!spec.equals(run.spec())) {
            session.err()
                    .println("note: the run was trained in bf16, which this device lacks; evaluating its f32"
                            + " checkpoints in f32");
        }
        RunChecks.evaluation(spec, run.dataset(), machine, run.parts());
        ProgressListener listener = new ProgressListener(session.err(), stop);
        try {
            return job.apply(new RunContext(
                    machine.backend(),
                    machine.description(),
                    machine.threads(),
                    spec,
                    run.dataset(),
                    run.folder(),
                    run.parts(),
                    listener));
        } catch (RuntimeException failure) {
            throw machine.loss(failure).map(RuntimeException.class::cast).orElse(failure);
        } finally {
            listener.end();
        }
    }
}
