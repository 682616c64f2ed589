package io.mambapkd.train.run;

import io.mambapkd.data.Dataset;
import io.mambapkd.ops.Backend;
import io.mambapkd.results.RunSummary;
import io.mambapkd.train.settings.RunSpec;
import java.util.List;

/**
 * What every summary of a run says about where and on what it ran.
 *
 * @param backend that it ran on
 * @param deviceDescription of the backend, for people
 * @param threads CPU threads
 */
record RunHeader(RunSpec spec, Dataset dataset, Backend backend, String deviceDescription, int threads) {
    RunSummary summary(
            RunSummary.Teacher teacher,
            GroupEvaluator.Result group,
            List<RunSummary.Control> controls,
            RunSummary.Timing timing) {
        return summary(
                teacher,
                group.students(),
                group.earlyExit(),
                group.chosenThreshold(),
                controls,
                group.test().confusion(),
                timing);
    }

    RunSummary summaryOfTeacher(RunSummary.Teacher teacher, RunSummary.Timing timing) {
        return summary(teacher, List.of(), List.of(), 1, List.of(), List.of(), timing);
    }

    private RunSummary summary(
            RunSummary.Teacher teacher,
            List<RunSummary.Student> students,
            List<RunSummary.EarlyExit> earlyExit,
            double chosenThreshold,
            List<RunSummary.Control> controls,
            List<List<Integer>> confusion,
            RunSummary.Timing timing) {
        return new RunSummary(
                RunSummary.FORMAT_VERSION,
                dataset.name(),
                backend.name(),
                deviceDescription,
                spec.seed(),
                threads,
                dataset.training().size(),
                dataset.validation().size(),
                GroupEvaluator.testImages(spec, dataset).size(),
                teacher,
                students,
                earlyExit,
                chosenThreshold,
                controls,
                confusion,
                timing,
                backend.fallbacks().stream()
                        .map(fallback -> new RunSummary.Fallback(fallback.text(), fallback.deterministic()))
                        .toList());
    }
}
