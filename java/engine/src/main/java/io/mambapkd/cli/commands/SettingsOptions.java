package io.mambapkd.cli.commands;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.config.ImageSize;
import io.mambapkd.config.Setting;
import io.mambapkd.data.Datasets;
import io.mambapkd.distill.ClassWeights;
import io.mambapkd.train.settings.Presets;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.RunSpecYaml;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** What to train, and how: a preset or a file, and single values over it. */
final class SettingsOptions {
    static final String DATA_DIR = "--data-dir";
    static final String DATA_DIR_HELP =
            "Where cifar10, cifar100 and fashion-mnist are looked for, and put by data fetch; default"
                    + " $MAMBA_PKD_DATA, or mamba-pkd in $XDG_DATA_HOME, which is ~/.local/share if unset.";

    /** One or the other. */
    static final class Base {
        @Option(
                names = "--preset",
                paramLabel = "NAME",
                completionCandidates = PresetNames.class,
                description = "Settings that come with the program: ${COMPLETION-CANDIDATES}; default "
                        + Presets.DEFAULT + ".")
        private @Nullable String preset;

        @Option(
                names = "--config",
                paramLabel = "FILE",
                description = "A YAML file; what it leaves out comes from the preset it names.")
        private @Nullable Path file;
    }

    /** For the help text. */
    static final class PresetNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Presets.names().iterator();
        }
    }

    /** For completion, which adds a folder to what ends with a colon. */
    static final class DatasetNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return List.of(
                            "mnist",
                            "fashion-mnist",
                            "fashion-mnist:",
                            "cifar10",
                            "cifar10:",
                            "cifar100",
                            "cifar100:",
                            "cifar100-coarse",
                            "cifar100-coarse:",
                            "idx:",
                            "folder:")
                    .iterator();
        }
    }

    /** For the help text. */
    static final class ClassWeightNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Stream.of(ClassWeights.values())
                    .map(value -> value.name().toLowerCase(Locale.ROOT))
                    .iterator();
        }
    }

    @ArgGroup
    private Base base = new Base();

    @Option(
            names = "--dataset",
            paramLabel = "DATASET",
            completionCandidates = DatasetNames.class,
            description = "mnist, fashion-mnist, fashion-mnist:DIR, cifar10, cifar10:DIR, cifar100, cifar100:DIR,"
                    + " cifar100-coarse, idx:DIR, or idx:DIR/PREFIX for files whose names begin so;"
                    + " folder:DIR for images in train/CLASS/, or in CLASS/.")
    private @Nullable String dataset;

    @Option(names = DATA_DIR, paramLabel = "DIR", description = DATA_DIR_HELP)
    private @Nullable Path dataFolder;

    @Option(names = "--seed", paramLabel = "N", description = "Of every random draw.")
    private @Nullable String seed;

    @Option(
            names = "--class-weights",
            paramLabel = "WEIGHTS",
            completionCandidates = ClassWeightNames.class,
            description = "${COMPLETION-CANDIDATES}; balanced: images of rare classes count more in all losses, so that"
                    + " all classes count alike. Default none.")
    private @Nullable String classWeights;

    @Option(
            names = "--validation",
            paramLabel = "N|P%",
            description = "How many of the training images are for validation, as a number or in percent.")
    private @Nullable String validation;

    @Option(
            names = "--calibration",
            paramLabel = "N|P%",
            description =
                    "How many of the other training images early exits are certified on, as a number or in percent"
                            + " of all training images; 0 for none.")
    private @Nullable String calibration;

    @Option(
            names = "--transpose",
            description = "Exchanges rows and columns of the images, as those of EMNIST need it.")
    private boolean transpose;

    @Option(
            names = "--image-size",
            paramLabel = "N|HxW",
            description = "Rows and columns that the images of a folder are brought to.")
    private @Nullable String imageSize;

    @Option(
            names = "--channels",
            paramLabel = "1|3",
            description = "Grey or colours, for images of a folder; default: what they have.")
    private @Nullable String channels;

    @Option(
            names = "--skip-bad-images",
            description = "Leaves out images of a folder that cannot be read, instead of refusing it.")
    private boolean skipBadImages;

    @Option(
            names = "--cache-dir",
            paramLabel = "DIR",
            description = "Where decoded images of a folder are kept for the next start; default"
                    + " mamba-pkd/images in XDG_CACHE_HOME or ~/.cache; none: nowhere.")
    private @Nullable String cacheFolder;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "One value, as in --set student.alpha=0.2 or --set students[0].modelWidth=8.")
    private List<String> assignments = new ArrayList<>();

    /** The settings, resolved and checked. */
    RunSpec resolve() {
        return resolve(List.of());
    }

    /**
     * The same over others.
     *
     * @param before settings that go over the preset or file, and under single values
     */
    RunSpec resolve(List<Setting> before) {
        List<Setting> settings = new ArrayList<>(before);
        settings.addAll(single());
        Path file = base.file;
        return checked(
                file == null
                        ? RunSpecYaml.preset(base.preset == null ? Presets.DEFAULT : base.preset, settings)
                        : RunSpecYaml.file(file, Presets.DEFAULT, settings));
    }

    /** The settings of a run that is gone on with: its own, unless a preset or a file is named. */
    RunSpec resolveOver(Path config) {
        return base.file == null && base.preset == null ? checked(RunSpecYaml.complete(config, single())) : resolve();
    }

    /** What other data than a folder's would leave without effect is refused. */
    private RunSpec checked(RunSpec spec) {
        if (!spec.dataset().startsWith("folder:")) {
            ImageSize size = spec.images().size();
            requireNone(spec, imageSize, "--image-size", size.isAuto(), "images.size", size, "auto");
            int wanted = spec.images().channels();
            requireNone(spec, channels, "--channels", wanted == 0, "images.channels", wanted, "0");
        }
        return inDataFolder(spec);
    }

    private static void requireNone(
            RunSpec spec,
            @Nullable String given,
            String option,
            boolean isUsual,
            String setting,
            Object value,
            String usual) {
        if (given == null && isUsual) {
            return;
        }
        throw new InputException(new Problem(
                "expected folder:DIR as the dataset with " + (given != null ? option : setting + " " + value)
                        + ", got '" + spec.dataset() + "'",
                (given != null ? "leave " + option + " out" : "set it back with --set " + setting + "=" + usual)
                        + ", as these images have a size and channels of their own"));
    }

    /** With the folder of {@code --data-dir} in the descriptor of the data set. */
    private RunSpec inDataFolder(RunSpec spec) {
        return dataFolder == null
                ? spec
                : RunSpecYaml.changed(
                        spec,
                        List.of(Setting.text(DATA_DIR, "dataset", Datasets.inFolder(spec.dataset(), dataFolder))));
    }

    /** Whether {@code --dataset} is given. */
    boolean namesDataset() {
        return dataset != null;
    }

    /** Whether an option names the data. */
    boolean namesData() {
        return dataset != null || dataFolder != null;
    }

    private List<Setting> single() {
        List<Setting> settings = new ArrayList<>();
        for (String assignment : assignments) {
            settings.add(Setting.parse("--set", assignment));
        }
        if (dataset != null) {
            settings.add(Setting.text("--dataset", "dataset", dataset));
        }
        if (seed != null) {
            settings.add(Setting.plain("--seed", "seed", seed));
        }
        if (validation != null) {
            settings.add(Setting.plain("--validation", "validationImages", validation));
        }
        if (calibration != null) {
            settings.add(Setting.plain("--calibration", "calibrationImages", calibration));
        }
        if (transpose) {
            settings.add(Setting.plain("--transpose", "orientation", "transposed"));
        }
        if (imageSize != null) {
            settings.add(Setting.plain("--image-size", "images.size", imageSize));
        }
        if (channels != null) {
            settings.add(Setting.plain("--channels", "images.channels", channels));
        }
        if (skipBadImages) {
            settings.add(Setting.plain("--skip-bad-images", "images.bad", "skip"));
        }
        if (cacheFolder != null) {
            settings.add(Setting.text("--cache-dir", "images.cacheFolder", cacheFolder));
        }
        if (classWeights != null) {
            settings.add(Setting.plain("--class-weights", "classWeights", classWeights));
        }
        return settings;
    }
}
