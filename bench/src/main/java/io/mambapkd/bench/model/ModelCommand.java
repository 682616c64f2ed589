package io.mambapkd.bench.model;

import io.mambapkd.InputException;
import io.mambapkd.bench.options.OriginOption;
import io.mambapkd.bench.result.Result;
import io.mambapkd.bench.result.ResultFile;
import io.mambapkd.bench.result.ResultKind;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
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
            names = "--fused",
            description =
                    "Instead the fused parts of a Mamba block, by width, beside the operations that they stand for,"
                            + " and which of both the engine takes.")
    private boolean fused;

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
        if (out != null) {
            ResultFile.place(out);
        }
        if (fused && !operations.isEmpty()) {
            throw new InputException("--fused: expected no --ops beside it, as it has operations of its own, got --ops "
                    + String.join(",", operations) + "; leave out one of both");
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
                .filter(operation -> !fused || FusedResult.has(operation.name()))
                .filter(operation -> operations.isEmpty() || operations.contains(operation.name()))
                .filter(operation -> sizes.isEmpty() || sizes.contains(operation.size()))
                .map(model::predict)
                .map(times::beside)
                .toList();
        if (rows.isEmpty()) {
            throw new InputException("--shapes: expected a size that one of the operations has, got "
                    + String.join(";", sizes) + " for "
                    + (fused ? "--fused, which has " + sizesOf(planned) : String.join(",", operations))
                    + "; leave --shapes out to see what there is");
        }
        List<String> files = measured.stream().map(Path::toString).toList();
        if (fused) {
            write(FusedResult.of(origin.ofModel(chosen.name()), files, rows), FusedResult.FILES);
        } else {
            write(
                    new ModelResult(
                            ModelResult.FORMAT_VERSION, ModelResult.KIND, origin.ofModel(chosen.name()), files, rows),
                    ModelResult.FILES);
        }
        return 0;
    }

    private static String sizesOf(List<PlannedOperation> planned) {
        return planned.stream()
                .filter(operation -> FusedResult.has(operation.name()))
                .map(PlannedOperation::size)
                .distinct()
                .collect(Collectors.joining(", "));
    }

    private <T extends Result> void write(T result, ResultKind<T> kind) {
        if (out != null) {
            ResultFile.write(result, out);
        }
        PrintWriter output = Objects.requireNonNull(command).commandLine().getOut();
        output.print(kind.markdown(result));
        output.flush();
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
