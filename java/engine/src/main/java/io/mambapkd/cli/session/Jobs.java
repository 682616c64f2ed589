package io.mambapkd.cli.session;

import io.mambapkd.cli.machine.Machine;
import io.mambapkd.data.Dataset;
import io.mambapkd.results.RunSummary;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.train.RunListener;
import io.mambapkd.train.run.DistillRun;
import io.mambapkd.train.run.Evaluation;
import io.mambapkd.train.settings.RunSpec;

/** The work behind the commands. Tests of the command line put something short in its place. */
public interface Jobs {
    RunSummary distill(
            RunSpec spec,
            Dataset dataset,
            Machine machine,
            RunFolder folder,
            DistillRun.Extent extent,
            RunListener listener);

    RunSummary evaluate(RunSpec spec, Dataset dataset, Machine machine, RunFolder folder, RunListener listener);

    Jobs REAL = new Jobs() {
        @Override
        public RunSummary distill(
                RunSpec spec,
                Dataset dataset,
                Machine machine,
                RunFolder folder,
                DistillRun.Extent extent,
                RunListener listener) {
            return DistillRun.run(
                    spec,
                    dataset,
                    machine.backend(),
                    machine.threads(),
                    machine.description(),
                    folder,
                    extent,
                    listener);
        }

        @Override
        public RunSummary evaluate(
                RunSpec spec, Dataset dataset, Machine machine, RunFolder folder, RunListener listener) {
            return Evaluation.evaluate(
                    spec, dataset, machine.backend(), machine.threads(), machine.description(), folder, listener);
        }
    };
}
