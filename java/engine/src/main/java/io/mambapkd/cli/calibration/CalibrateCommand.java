package io.mambapkd.cli.calibration;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.cli.commands.EvaluationJob;
import io.mambapkd.cli.commands.OpenedRun;
import io.mambapkd.cli.machine.Machine;
import io.mambapkd.cli.machine.MachineOptions;
import io.mambapkd.cli.session.ExitCode;
import io.mambapkd.cli.session.Session;
import io.mambapkd.cli.session.StopSignal;
import io.mambapkd.cli.text.CalibrationText;
import io.mambapkd.results.CalibrationRecord;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.storage.RunLock;
import io.mambapkd.train.run.CalibrationRequest;
import io.mambapkd.train.run.CalibrationStage;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mamba-pkd calibrate}. */
@Command(
        name = "calibrate",
        description =
                "Fits and certifies when the chain of a run may stop early, and writes model.json and calibration.json into its folder, in"
                        + " place of promises that were made before."
                        + " The teacher is not needed.")
public final class CalibrateCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private final MachineOptions machine = new MachineOptions();

    @Option(
            names = Promises.DROPS,
            paramLabel = "LIST",
            defaultValue = "0.2,0.5,1.0",
            description =
                    "The drops of the accuracy to promise, in points: 0.2 means 99.0 %% in place of 99.2 %%; default ${DEFAULT-VALUE}.")
    private String drops = "";

    @Option(
            names = Promises.CONFIDENCE,
            paramLabel = "C",
            defaultValue = "0.95",
            description = "The confidence of each promise, above 0 and below 1; default ${DEFAULT-VALUE}.")
    private String confidence = "";

    @Option(
            names = "--from",
            paramLabel = "SET",
            defaultValue = "calibration",
            converter = Sources.Converter.class,
            completionCandidates = Sources.class,
            description =
                    "Which images calibrate: calibration, those that the run has set aside for it; validation, on which it has also made its"
                            + " choices; test, a random half of the test images, with figures on the other half. Default"
                            + " ${DEFAULT-VALUE}.")
    private CalibrationRequest.Source from = CalibrationRequest.Source.CALIBRATION;

    @Option(
            names = "--dataset",
            paramLabel = "DATASET",
            description = "Where the data of the run are now: mnist, cifar10:DIR, idx:DIR or another as with distill.")
    private @Nullable String dataset;

    @Parameters(paramLabel = "RUN", description = "The run folder.")
    private @Nullable Path run;

    public CalibrateCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (machine.roundsProducts()) {
            throw new InputException(new Problem(
                    "expected products in single precision, as the runtime computes them, got --tf32", "leave it out"));
        }
        CalibrationRequest request =
                new CalibrationRequest(from, Promises.drops(drops), Promises.confidence(confidence));
        return StopSignal.during(session.err(), stop -> calibrate(request, stop));
    }

    private int calibrate(CalibrationRequest request, StopSignal stop) {
        RunFolder folder = RunFolder.open(Objects.requireNonNull(run));
        try (RunLock lock = RunLock.of(folder);
                Machine device = stop.unlessAsked(() -> machine.open(session.cuda()))) {
            lock.notes().forEach(note -> session.err().println("note: " + note));
            OpenedRun opened = OpenedRun.ofStudents(folder.path(), dataset, device, session.err(), stop);
            CalibrationRecord calibration = new EvaluationJob(session)
                    .run(opened, device, stop, context -> CalibrationStage.run(context, request));
            new CalibrationText(session.out()).print(calibration);
            session.out().println("model: " + folder.model());
            session.out().println("calibration: " + folder.calibration());
            return ExitCode.OK;
        }
    }
}
