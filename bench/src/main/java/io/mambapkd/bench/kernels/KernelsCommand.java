package io.mambapkd.bench.kernels;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.bench.kernels.KernelBench.Effort;
import io.mambapkd.bench.options.OriginOption;
import io.mambapkd.bench.result.Problems;
import io.mambapkd.bench.result.Result;
import io.mambapkd.bench.result.ResultFile;
import io.mambapkd.cli.machine.CudaSettings;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.ops.cuda.options.CudaOptions;
import io.mambapkd.results.Origin;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kernels}. */
@Command(
        name = "kernels",
        description =
                "Checks every operation on the GPU beside the CPU, then times it at the sizes that matter, against what the"
                        + " device's memory and exp units allow. Exit code 1 if one is wrong or fails.")
public final class KernelsCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec command;

    @Mixin
    private final CudaSettings cuda = new CudaSettings();

    @Option(
            names = "--shapes",
            paramLabel = "SIZE;SIZE",
            description =
                    "Names (S1 to S4 of sequences, W32 to W256 of fused parts, T1 and T2 of images, R1 and R2 of batches, P1"
                            + " and P2 of parameters) or B,L,D,N of sequences; default all names.")
    private @Nullable String shapes;

    @Option(
            names = "--ops",
            split = ",",
            paramLabel = "NAME",
            description = "Only these operations, as the table names them.")
    private List<String> operations = new ArrayList<>();

    @Option(
            names = "--variant",
            split = ",",
            paramLabel = "NAME",
            description = "Only these variants: shipped, or those of bench/kernels; default all.")
    private List<String> variants = new ArrayList<>();

    @Option(
            names = "--compare",
            paramLabel = "FILE",
            description = "Also prints ratios to an earlier result of this device.")
    private @Nullable Path compare;

    @Mixin
    private final OriginOption origins = new OriginOption();

    @Option(
            names = "--seconds",
            defaultValue = "3600",
            paramLabel = "N",
            description =
                    "After so many seconds nothing new is begun; what was measured is written. Default ${DEFAULT-VALUE}.")
    private int seconds;

    @Option(names = "--quick", description = "Small sizes and two launches: shows that it works, not how fast it is.")
    private boolean quick;

    @Option(names = "--list", description = "Prints the names of all operations and variants, and measures nothing.")
    private boolean list;

    @Option(names = "--out", paramLabel = "FILE", description = "Where the result goes, as JSON.")
    private @Nullable Path out;

    @Override
    public Integer call() {
        PrintWriter output = Objects.requireNonNull(command).commandLine().getOut();
        if (list) {
            output.println("operations: " + String.join(", ", KernelOperations.names()));
            output.println("variants: " + String.join(", ", KernelOperations.variants()));
            output.flush();
            return 0;
        }
        Path file = out;
        if (file == null) {
            throw new InputException("bench kernels needs a file for its result, got none; give --out FILE.json");
        }
        ResultFile.place(file);
        if (seconds < 1) {
            throw new InputException("--seconds must be 1 or more, got " + seconds);
        }
        List<KernelShape> sizes = shapes == null ? List.of() : KernelShape.parse(shapes);
        KernelBench.Plan plan =
                new KernelBench.Plan(sizes, operations, variants, quick ? Effort.QUICK : Effort.FULL, seconds);
        KernelsComparison comparison = compare == null ? null : KernelsComparison.with(compare);
        KernelsResult result = measure(plan, comparison, file, output);
        ResultFile.write(result, file);
        output.print(KernelsResult.FILES.markdown(result));
        if (comparison != null) {
            output.print("\n" + comparison.markdown(result));
        }
        output.flush();
        return Problems.report(
                result, Objects.requireNonNull(command).commandLine().getErr());
    }

    private KernelsResult measure(
            KernelBench.Plan plan, @Nullable KernelsComparison comparison, Path file, PrintWriter output) {
        try (CudaBackend device = open();
                Backend cpu = new CpuBackend(Runtime.getRuntime().availableProcessors())) {
            Origin origin = origins.of(device);
            if (comparison != null) {
                comparison.requireDevice(origin);
            }
            KernelBench bench = new KernelBench(cpu, device, plan);
            Ceilings ceilings = bench.ceilings();
            List<Measurement> soFar = new ArrayList<>();
            List<Measurement> rows = bench.measure(row -> {
                tell(row, output);
                soFar.add(row);
                // A command that is ended from outside then loses one row.
                ResultFile.write(KernelsResult.of(origin, Result.UNFINISHED, ceilings, soFar), file);
            });
            return KernelsResult.of(origin, bench.stopped(), ceilings, rows);
        }
    }

    private CudaBackend open() {
        try {
            return new CudaBackend(cuda.options(System.getenv()).with(CudaOptions.Libraries.STARTED_WHEN_NEEDED));
        } catch (InputException failure) {
            // Its remedy offers --device cpu, which this command does not have; doctor names all others.
            throw new InputException(
                    new Problem(
                            failure.problem().text(),
                            "bench kernels measures a GPU alone; mamba-pkd doctor says what one needs"),
                    failure);
        }
    }

    /** One line at once: a run of minutes should show where it is. */
    private static void tell(Measurement row, PrintWriter output) {
        String end = switch (row.outcome()) {
            case MEASURED -> String.format(Locale.ROOT, "%,.1f µs", KernelsResult.median(row));
            case WRONG -> "WRONG: " + row.remark();
            case FAILED -> "FAILED: " + row.remark();
            case SKIPPED -> "skipped: " + row.remark();
        };
        output.println(KernelsTable.name(row) + ": " + end);
        output.flush();
    }
}
