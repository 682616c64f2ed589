package io.mambapkd.bench.job;

import io.mambapkd.report.ResultsTable;
import java.util.Locale;

/** A result of job as Markdown. */
final class JobTable {
    private JobTable() {}

    static String markdown(JobResult result) {
        StringBuilder text = new StringBuilder();
        text.append("| stage of the job | seconds | images/s |\n");
        text.append("|---|---:|---:|\n");
        for (JobResult.Stage stage : result.stages()) {
            String rate =
                    stage.imagesPerSecond() > 0 ? String.format(Locale.ROOT, "%,.0f", stage.imagesPerSecond()) : "-";
            text.append(String.format(Locale.ROOT, "| %s | %,.2f | %s |\n", stage.name(), stage.seconds(), rate));
        }
        String all = result.run().isPresent() ? "all" : "until it ended";
        text.append(String.format(Locale.ROOT, "| %s | %,.2f | |\n\n", all, result.totalSeconds()));
        result.run().ifPresent(run -> text.append(ResultsTable.markdown(run)));
        text.append(
                "\nTeacher and students: seconds with the validation after each epoch, images/s without it. Evaluation:"
                        + " test images, each through the teacher and every student.\n");
        return text.toString();
    }
}
