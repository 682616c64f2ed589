package io.mambapkd.cli.commands;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.cli.session.ExitCode;
import io.mambapkd.cli.session.PackingProgress;
import io.mambapkd.cli.session.Session;
import io.mambapkd.cli.text.DataText;
import io.mambapkd.config.Setting;
import io.mambapkd.data.Dataset;
import io.mambapkd.data.Datasets;
import io.mambapkd.data.Duplicates;
import io.mambapkd.data.ImageSet;
import io.mambapkd.results.DataInfo;
import io.mambapkd.storage.OutputFile;
import io.mambapkd.train.settings.RunSpec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mamba-pkd data info}. */
@Command(
        name = "info",
        description = "Opens a data set as a run does, and says what is in it: classes, sizes, split, what is unusual.")
public final class DataInfoCommand implements Callable<Integer> {
    private static final String JSON = "--json";
    private static final Path TO_OUTPUT = Path.of("-");

    private final Session session;

    @Parameters(
            paramLabel = "DATASET",
            completionCandidates = SettingsOptions.DatasetNames.class,
            description = "As with --dataset of other commands.")
    private @Nullable String descriptor;

    @Mixin
    private final SettingsOptions settings = new SettingsOptions();

    @Option(
            names = JSON,
            paramLabel = "FILE",
            description = "Write it to a file as JSON; with - to the output instead of the text.")
    private @Nullable Path json;

    public DataInfoCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        String named = Objects.requireNonNull(descriptor);
        if (settings.namesDataset()) {
            throw new InputException(new Problem(
                    "expected the data set once, got '" + named + "' and --dataset", "leave --dataset out"));
        }
        Path place = json;
        OutputFile file = place == null || place.equals(TO_OUTPUT) ? null : OutputFile.of(JSON, place);
        RunSpec spec = settings.resolve(List.of(Setting.text("DATASET", "dataset", named)));
        DataInfo info = info(open(spec), spec.dataset());
        if (TO_OUTPUT.equals(place)) {
            session.out().print(new String(info.json(), StandardCharsets.UTF_8));
            session.out().flush();
            return ExitCode.OK;
        }
        if (file != null) {
            file.write(info.json());
        }
        new DataText(session.out()).print(info);
        return ExitCode.OK;
    }

    private Dataset open(RunSpec spec) {
        try (PackingProgress progress = new PackingProgress(session.err(), PackingProgress.NEVER)) {
            return Datasets.open(spec.data(), Runtime.getRuntime().availableProcessors(), progress);
        }
    }

    private static DataInfo info(Dataset dataset, String descriptor) {
        ImageSet training = dataset.training();
        ImageSet validation = dataset.validation();
        ImageSet test = dataset.test();
        Optional<ImageSet> calibration = dataset.calibration();
        int[] inCalibration = calibration.map(DataInfoCommand::counts).orElse(new int[training.classes()]);
        int[] inTraining = counts(training);
        int[] inValidation = counts(validation);
        int[] inTest = counts(test);
        List<DataInfo.OfClass> classes = new ArrayList<>();
        for (int c = 0; c < training.classes(); c++) {
            classes.add(new DataInfo.OfClass(
                    dataset.classNames().get(c), inTraining[c], inCalibration[c], inValidation[c], inTest[c]));
        }
        int all = training.size() + dataset.calibrationImages() + validation.size() + test.size();
        return new DataInfo(
                DataInfo.FORMAT_VERSION,
                dataset.name(),
                Datasets.absolute(descriptor),
                Datasets.where(descriptor),
                training.shape().height(),
                training.shape().width(),
                training.shape().channels(),
                training.size(),
                dataset.calibrationImages(),
                validation.size(),
                test.size(),
                (long) all * training.shape().elements(),
                dataset.split().name().toLowerCase(Locale.ROOT),
                dataset.mean(),
                dataset.standardDeviation(),
                new DataInfo.Copies(
                        Duplicates.within(training),
                        calibration.map(Duplicates::within).orElse(0L),
                        Duplicates.within(validation),
                        Duplicates.within(test),
                        calibration
                                .map(images -> Duplicates.of(images, training))
                                .orElse(0L),
                        Duplicates.of(validation, training),
                        Duplicates.of(test, training)),
                classes,
                dataset.notes());
    }

    private static int[] counts(ImageSet set) {
        int[] counts = new int[set.classes()];
        for (int label : set.labels()) {
            counts[label]++;
        }
        return counts;
    }
}
