package io.mambapkd.bench.model;

import io.mambapkd.InputException;
import io.mambapkd.bench.options.OriginOption;
import io.mambapkd.bench.result.ResultFile;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code model}. */
@Command(
        name = "model",
        description =
                "Predicts what operations and training steps take on a device, from counted instructions, bytes and"
                        + " launches; needs no GPU. Beside measured times it shows where it is wrong.")
public final class ModelCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec command;

    @Mixin
    private final OriginOption origin = new OriginOption();

    @Option(
            names = "--device",
            defaultValue = "h100",
            paramLabel = "NAME",
            description = "h100, h200 or a100, each the SXM one. Default ${DEFAULT-VALUE}.")
    private String device = "";

    @Option(
            names = "--ops",
            split = ",",
            paramLabel = "NAMES",
            description = "Operations as in bench kernels, and 'step'; default all.")
    private List<String> operations = new ArrayList<>();

    @Option(
            names = "--shapes",
            split = ";",
            paramLabel = "SIZES",
            description =
                    "Named sizes as in bench kernels, such as 'S1;S2', or batches of steps, such as B128; default all.")
    private List<String> sizes = new ArrayList<>();

    @Option(
            names = "--measured",
            paramLabel = "FILE",
            description = "A result of bench kernels or bench step on such a device, shown beside; can be given again.")
    private List<Path> measured = new ArrayList<>();

    @Option(names = "--out", paramLabel = "FILE", description = "Where the result goes, as JSON.")
    private @Nullable Path out;

    @Override
    public Integer call() {
        Device chosen = Device.named(device);
        Path file = out;
        if (file != null) {
            ResultFile.place(file);
        }
        List<PlannedOperation> planned = Tables.operations();
        require(
                "--ops",
                operations,
                planned.stream().map(PlannedOperation::name).toList());
        require("--shapes", sizes, planned.stream().map(PlannedOperation::size).toList());
        OperationModel model = OperationModel.of(chosen);
        MeasuredTimes times = MeasuredTimes.read(measured, chosen);
        List<Prediction> rows = planned.stream()
                .filter(operation -> operations.isEmpty() || operations.contains(operation.name()))
                .filter(operation -> sizes.isEmpty() || sizes.contains(operation.size()))
                .map(model::predict)
                .map(times::beside)
                .toList();
        if (rows.isEmpty()) {
            throw new InputException("--shapes: expected a size that one of the operations has, got "
                    + String.join(";", sizes) + " for " + String.join(",", operations)
                    + "; leave --ops or --shapes out to see what there is");
        }
        ModelResult result = new ModelResult(
                ModelResult.FORMAT_VERSION,
                ModelResult.KIND,
                origin.ofModel(chosen.name()),
                measured.stream().map(Path::toString).toList(),
                rows);
        if (file != null) {
            ResultFile.write(result, file);
        }
        PrintWriter output = Objects.requireNonNull(command).commandLine().getOut();
        output.print(ModelResult.FILES.markdown(result));
        output.flush();
        return 0;
    }

    private static void require(String option, List<String> given, List<String> known) {
        for (String name : given) {
            if (!known.contains(name)) {
                throw new InputException(option + ": there is no '" + name + "'; choose from "
                        + String.join(", ", known.stream().distinct().toList()));
            }
        }
    }
}
