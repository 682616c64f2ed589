package io.mambapkd.cli.commands;

import io.mambapkd.InputException;
import io.mambapkd.cli.machine.CudaSettings;
import io.mambapkd.cli.session.ExitCode;
import io.mambapkd.cli.session.ProgramVersion;
import io.mambapkd.cli.session.Session;
import io.mambapkd.doctor.Finding;
import io.mambapkd.doctor.TimeLimit;
import io.mambapkd.ops.cuda.checkup.CudaCheckup;
import io.mambapkd.results.DoctorRecord;
import io.mambapkd.storage.OutputFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code mamba-pkd doctor}. */
@Command(
        name = "doctor",
        description =
                "Looks at all that CUDA needs on this machine, a line each: ok, note, or problem and what to do. Exit status 1 if"
                        + " anything is a problem. What could end the program is tried in processes of their own.")
public final class DoctorCommand implements Callable<Integer> {
    private static final int PROBLEMS = 1;
    private static final Path TO_OUTPUT = Path.of("-");
    private static final String JSON = "--json";
    private static final String SECONDS = "--seconds";
    private static final int LEAST_SECONDS = 10;

    private final Session session;

    @Option(names = CudaSettings.LIBRARIES, paramLabel = "DIR[:DIR]", description = CudaSettings.LIBRARIES_DESCRIPTION)
    private @Nullable String libraries;

    @Option(
            names = JSON,
            paramLabel = "FILE",
            description = "Write the findings to a file as JSON, with - to the output instead of the lines.")
    private @Nullable Path json;

    @Option(
            names = SECONDS,
            paramLabel = "N",
            description =
                    "Most time for all checks together; default ${DEFAULT-VALUE}. A process that has not ended after two thirds"
                            + " of what is left is ended.")
    private int seconds = 240;

    public DoctorCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        OutputFile file = json == null || TO_OUTPUT.equals(json) ? null : OutputFile.of(JSON, json);
        if (seconds < LEAST_SECONDS) {
            throw new InputException(SECONDS + ": expected " + LEAST_SECONDS + " or more, got " + seconds);
        }
        TimeLimit time = TimeLimit.of(Duration.ofSeconds(seconds));
        CudaCheckup.Result cuda =
                CudaCheckup.run(CudaSettings.options(libraries, System.getenv()), System.getenv(), time);
        List<Finding> findings = new ArrayList<>(cuda.findings());
        findings.addAll(HostCheckup.findings(session.runs(), Path.of(System.getProperty("java.io.tmpdir")), time));
        DoctorRecord record = DoctorRecord.of(ProgramVersion.text(), cuda.device(), findings);
        if (TO_OUTPUT.equals(json)) {
            session.out().print(record.json());
            session.out().flush();
        } else {
            findings.forEach(this::print);
            session.out().println(verdict(findings, cuda.device()));
        }
        if (file != null) {
            file.write(record.json());
        }
        return record.works() ? ExitCode.OK : PROBLEMS;
    }

    private void print(Finding finding) {
        String verdict = finding.verdict().name().toLowerCase(Locale.ROOT);
        session.out()
                .println(String.format(Locale.ROOT, "%-8s %-33s %s", verdict, finding.name(), finding.text())
                        .stripTrailing());
        if (!finding.remedy().isEmpty()) {
            session.out().println(" ".repeat(43) + "-> " + finding.remedy());
        }
    }

    private static String verdict(List<Finding> findings, String device) {
        List<String> problems = findings.stream()
                .filter(Finding::isProblem)
                .map(Finding::name)
                .distinct()
                .toList();
        if (problems.isEmpty()) {
            return "CUDA is of use on this machine: " + device;
        }
        return "not all is well on this machine: " + String.join(", ", problems);
    }
}
