package io.mambapkd.cli.commands;

import io.mambapkd.cli.session.ExitCode;
import io.mambapkd.cli.session.ProgramVersion;
import io.mambapkd.cli.session.Session;
import io.mambapkd.cli.text.VerificationText;
import io.mambapkd.results.VerificationRecord;
import io.mambapkd.storage.OutputFile;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.train.verify.CheckedFile;
import io.mambapkd.train.verify.RunVerification;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mamba-pkd verify}. */
@Command(
        name = "verify",
        description =
                "Checks that every file of a run folder is as the run has written it, and that they belong together: a line each. Exit"
                        + " status 1 if a file is damaged, missing, or of another run. Changes nothing.")
public final class VerifyCommand implements Callable<Integer> {
    private static final int PROBLEMS = 1;
    private static final Path TO_OUTPUT = Path.of("-");
    private static final String JSON = "--json";

    private final Session session;

    @Option(
            names = JSON,
            paramLabel = "FILE",
            description = "Write what was found to a file as JSON, with - to the output instead of the table.")
    private @Nullable Path json;

    @Parameters(paramLabel = "RUN", description = "The run folder.")
    private @Nullable Path run;

    public VerifyCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        OutputFile file = json == null || TO_OUTPUT.equals(json) ? null : OutputFile.of(JSON, json);
        RunFolder folder = RunFolder.find(Objects.requireNonNull(run));
        RunVerification verification = RunVerification.of(folder);
        byte[] record = record(folder, verification).json();
        if (TO_OUTPUT.equals(json)) {
            session.out().print(new String(record, StandardCharsets.UTF_8));
            session.out().flush();
        } else {
            new VerificationText(session.out()).print(verification);
        }
        if (file != null) {
            file.write(record);
        }
        return verification.isWhole() ? ExitCode.OK : PROBLEMS;
    }

    private static VerificationRecord record(RunFolder folder, RunVerification verification) {
        return new VerificationRecord(
                VerificationRecord.FORMAT_VERSION,
                ProgramVersion.text(),
                folder.path().toString(),
                verification.isWhole(),
                verification.files().stream().map(VerifyCommand::line).toList(),
                verification.notes());
    }

    private static VerificationRecord.Line line(CheckedFile checked) {
        return new VerificationRecord.Line(
                checked.file().name(),
                checked.file().kind().text(),
                checked.state().text(),
                checked.remark().text(),
                checked.remark().remedy());
    }
}
