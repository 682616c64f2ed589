package io.mambapkd.cli.commands;

import io.mambapkd.cli.machine.Device;
import io.mambapkd.cli.machine.Machine;
import io.mambapkd.cli.machine.MachineOptions;
import io.mambapkd.cli.session.ExitCode;
import io.mambapkd.cli.session.Session;
import io.mambapkd.cli.text.OutputPlace;
import io.mambapkd.cli.text.TextTable;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.ops.cuda.options.CudaOptions;
import io.mambapkd.report.ValidationPage;
import io.mambapkd.results.Origin;
import io.mambapkd.results.ValidationRecord;
import io.mambapkd.results.ValidationRecord.Row;
import io.mambapkd.storage.OutputFile;
import io.mambapkd.validate.Operations;
import io.mambapkd.validate.Validation;
import io.mambapkd.validate.golden.GoldenCase;
import io.mambapkd.validate.golden.GoldenFolder;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code mamba-pkd validate}. */
@Command(
        name = "validate",
        description =
                "Compares a device with the CPU: every operation, forward and backward, and whole training steps, on random inputs;"
                        + " with --golden, with reference vectors, too. Exit status 1 if anything differs by more than rounding explains, or fails. --device cpu compares the CPU's two matrix products.")
public final class ValidateCommand implements Callable<Integer> {
    private static final int DIFFERENT = 1;
    private static final String OUT = "--out";
    private static final String RECORD = "validation.json";
    private static final String PAGE = "validation.html";

    /** For completion in shells. */
    private static final class OperationNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Operations.names().iterator();
        }
    }

    private final Session session;

    @Mixin
    private final MachineOptions machine = new MachineOptions();

    @Option(
            names = "--ops",
            paramLabel = "NAME",
            split = ",",
            completionCandidates = OperationNames.class,
            description =
                    "Operations, between commas; default all: ${COMPLETION-CANDIDATES}. A name also stands for the reference vectors of"
                            + " that operation, and golden/NAME for those alone, by their own name.")
    private List<String> operations = List.of();

    @Option(
            names = "--shapes",
            paramLabel = "SHAPES",
            defaultValue = "",
            description = "Extents to use instead of random ones: B=4,L=28,D=32,N=8;B=1,L=257.")
    private String shapes = "";

    @Option(
            names = "--cases",
            paramLabel = "N",
            defaultValue = "10",
            description = "Random cases of each operation; default ${DEFAULT-VALUE}.")
    private int cases = 10;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "1",
            description = "Of the random draws; default ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Option(
            names = "--golden",
            paramLabel = "DIR",
            description = "Folder of reference vectors, with their index.json, to compare the device with, too.")
    private @Nullable Path golden;

    @Option(
            names = OUT,
            paramLabel = "DIR",
            description =
                    "Folder for validation.json and validation.html, renewed after each operation; must exist. Default: nothing is written.")
    private @Nullable Path out;

    @Option(
            names = "--commit",
            paramLabel = "COMMIT",
            defaultValue = "unknown",
            description = "Of the program, for the files; default ${DEFAULT-VALUE}.")
    private String commit = "unknown";

    @Spec
    private @Nullable CommandSpec command;

    public ValidateCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (out != null) {
            OutputPlace.requireFolder(OUT, out);
            OutputFile.of(OUT, out.resolve(RECORD));
            OutputFile.of(OUT, out.resolve(PAGE));
        }
        List<GoldenCase> references = golden == null ? List.of() : GoldenFolder.load(golden);
        Validation.Plan plan = new Validation.Plan(operations, shapes, cases, seed, references);
        ValidationRecord record;
        try (Backend cpu = new CpuBackend(machine.threads());
                Machine opened = machine.open(this::openGpu, Device.CUDA, ValidateCommand::otherProducts)) {
            Backend tested = opened.backend();
            session.err().println("tested: " + tested.name() + ", " + opened.description());
            session.err().println("compared with: cpu, " + cpu.description());
            if (machine.roundsProducts()) {
                session.err()
                        .println(
                                "note: TF32 rounds the factors of products and convolutions to 2^-11; the tolerances of floats, those"
                                        + " of reference vectors among them, do not allow that");
            }
            record = new Validation(cpu, tested, origin(tested)).run(plan, new Progress());
            tested.fallbacks().forEach(fallback -> session.err().println("note: " + fallback.text()));
        }
        write(record, OutputFile::write);
        print(record);
        if (out != null) {
            session.out().println("written: " + out.resolve(RECORD) + " and " + PAGE);
        }
        return record.passed() ? ExitCode.OK : DIFFERENT;
    }

    /** A library that cannot start, or that refuses, fails the operations that need it; all others are compared. */
    private Backend openGpu(CudaOptions options) {
        return session.cuda().open(options.with(CudaOptions.Libraries.STARTED_WHEN_NEEDED));
    }

    private Origin origin(Backend tested) {
        String date = session.clock().instant().truncatedTo(ChronoUnit.SECONDS).toString();
        List<String> arguments = Objects.requireNonNull(command)
                .commandLine()
                .getParent()
                .getParseResult()
                .originalArgs();
        String line = "mamba-pkd " + String.join(" ", arguments);
        if (tested instanceof CudaBackend cuda) {
            return new Origin(cuda.deviceName(), cuda.driverRelease(), date, commit, line, cuda.isEmulated());
        }
        return new Origin(tested.description(), Origin.NO_DRIVER, date, commit, line, false);
    }

    /** Names each operation, and keeps in the files what there is of the comparison. */
    private final class Progress implements Validation.Progress {
        @Override
        public void begins(String operation) {
            session.err().println("comparing " + operation);
        }

        @Override
        public void soFar(ValidationRecord record) {
            write(record, OutputFile::renew);
        }
    }

    private void write(ValidationRecord record, BiConsumer<OutputFile, byte[]> how) {
        if (out != null) {
            how.accept(OutputFile.of(OUT, out.resolve(RECORD)), record.json());
            how.accept(OutputFile.of(OUT, out.resolve(PAGE)), ValidationPage.write(record));
        }
    }

    /** The CPU, multiplying without OpenBLAS: what there is to compare where there is no GPU. */
    private static Backend otherProducts(int threads) {
        return new CpuBackend(threads, CpuBackend.javaBlas());
    }

    private void print(ValidationRecord record) {
        TextTable table = new TextTable(
                "operation", "type", "shape", "tensor", "largest error", "relative", "allowed", "at", "verdict");
        for (Row row : record.worst()) {
            table.row(
                    row.operation(),
                    row.dtype(),
                    row.shape(),
                    row.tensor(),
                    row.isCompared() ? number(row.largestError()) : "-",
                    row.isCompared() ? number(row.relativeError()) : "-",
                    row.isCompared() ? number(row.allowed()) : "-",
                    row.at(),
                    row.passed() ? "passed" : "FAILED");
        }
        table.print(session.out());
        for (Row row : record.failures()) {
            session.out()
                    .println("FAILED " + row.operation() + " in " + row.dtype() + ", case " + row.number() + " ("
                            + row.extents() + "): " + ValidationPage.problem(row));
        }
        session.out().println(ValidationPage.verdict(record));
    }

    private static String number(double value) {
        return value == Double.MAX_VALUE ? "not finite" : String.format(Locale.ROOT, "%.1e", value);
    }
}
