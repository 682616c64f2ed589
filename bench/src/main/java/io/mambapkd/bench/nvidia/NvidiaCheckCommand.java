package io.mambapkd.bench.nvidia;

import io.mambapkd.InputException;
import io.mambapkd.bench.result.Machine;
import io.mambapkd.bench.result.ResultFile;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.ConvolutionCall;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.storage.OutputFile;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.train.run.RunConvolutions;
import io.mambapkd.train.settings.Presets;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.RunSpecYaml;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code nvidia-check}. */
@Command(
        name = "nvidia-check",
        description =
                "Checks NVIDIA's libraries without a device: whether they export every symbol that mamba-pkd needs and, with"
                        + " cuDNN 9.8 or later, whether cuDNN has an engine for each convolution of the presets on an H100.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:nothing is wrong", "1:something is wrong with the libraries", "2:nothing could be checked"})
public final class NvidiaCheckCommand implements Callable<Integer> {
    private static final ImageShape MNIST = new ImageShape(28, 28, 1);
    private static final ImageShape CIFAR = new ImageShape(32, 32, 3);
    private static final int CLASSES = 10;
    private static final int PROBLEM = 1;
    /** The folders are those of one machine. */
    private static final String COMMAND = "make nvidia-check LIBS=DIR";

    @Spec
    private @Nullable CommandSpec command;

    @Option(
            names = "--libs",
            paramLabel = "DIR[:DIR]",
            description =
                    "Folders of cuBLAS 12 or 13 and cuDNN 9: of libraries, a CUDA toolkit, the folder nvidia of NVIDIA's Python"
                            + " wheels, or wheels as they were downloaded.")
    private @Nullable String libraries;

    @Option(names = "--out", paramLabel = "FILE", description = "Writes the tables to a file, too, as Markdown.")
    private @Nullable Path out;

    @Option(
            names = "--commit",
            paramLabel = "COMMIT",
            description = "Of the program, for the result; default what git says of the current folder.")
    private @Nullable String commit;

    @Override
    public Integer call() {
        if (libraries == null || libraries.isBlank()) {
            throw new InputException(
                    "nothing was checked, neither the symbols of cuBLAS, cuDNN and the driver nor the engines of"
                            + " cuDNN, as no libraries were named; name a folder of them with make nvidia-check LIBS=DIR or --libs DIR, or"
                            + " see make cuda-libs");
        }
        OutputFile file = out == null ? null : ResultFile.place(out);
        NvidiaCheck check = NvidiaCheck.run("--libs", libraries, NvidiaCheckCommand::convolutions);
        String report = NvidiaReport.of(
                check,
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
                commit == null ? Machine.currentCommit() : commit,
                COMMAND);
        Objects.requireNonNull(command).commandLine().getOut().print(report);
        command.commandLine().getOut().flush();
        if (file != null) {
            file.write(report);
        }
        return check.hasProblems() ? PROBLEM : 0;
    }

    /** The convolutions of all presets, with the models that compute each. Images are those of MNIST, or have the size of CIFAR's. */
    private static Map<ConvolutionCall, Set<String>> convolutions() {
        Map<ConvolutionCall, Set<String>> models = new LinkedHashMap<>();
        try (Backend backend = new CpuBackend(Runtime.getRuntime().availableProcessors())) {
            for (String preset : Presets.names()) {
                RunSpec spec = RunSpecYaml.preset(preset, List.of());
                RunConvolutions.of(spec, spec.dataset().equals("mnist") ? MNIST : CIFAR, CLASSES, backend)
                        .forEach((model, calls) ->
                                calls.forEach(call -> models.computeIfAbsent(call, c -> new TreeSet<>())
                                        .add(preset + " " + model)));
            }
        }
        return models;
    }
}
