package io.mambapkd.cli.session;

import io.mambapkd.report.HtmlReport;
import io.mambapkd.results.RunSummary;
import io.mambapkd.train.run.DistillRun;
import io.mambapkd.train.run.Evaluation;
import io.mambapkd.train.run.RunContext;

/** The work behind the commands. Tests of the command line put something short in its place. */
public interface Jobs {
    RunSummary distill(RunContext context, DistillRun.Extent extent);

    RunSummary evaluate(RunContext context);

    /** The bytes of report.html. */
    byte[] report(RunContext context);

    Jobs REAL = new Jobs() {
        @Override
        public RunSummary distill(RunContext context, DistillRun.Extent extent) {
            return DistillRun.run(context, extent, HtmlReport::write);
        }

        @Override
        public RunSummary evaluate(RunContext context) {
            return Evaluation.evaluate(context);
        }

        @Override
        public byte[] report(RunContext context) {
            return HtmlReport.write(Evaluation.report(context));
        }
    };
}
