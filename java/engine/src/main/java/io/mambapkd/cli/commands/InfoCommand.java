package io.mambapkd.cli.commands;

import io.mambapkd.InputException;
import io.mambapkd.ProgramError;
import io.mambapkd.cli.session.ExitCode;
import io.mambapkd.cli.session.ProgramVersion;
import io.mambapkd.cli.session.Session;
import io.mambapkd.data.fetch.DataFolder;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DeviceCheck;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.ops.cuda.options.CudaOptions;
import io.mambapkd.train.settings.Presets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code mamba-pkd info}. */
@Command(name = "info", description = "Says what this program is and what it finds on this machine.")
public final class InfoCommand implements Callable<Integer> {
    private static final long MEBIBYTE = 1 << 20;

    private final Session session;

    public InfoCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Runtime machine = Runtime.getRuntime();
        line("version", ProgramVersion.text());
        line("java", System.getProperty("java.version") + ", " + System.getProperty("java.vm.name"));
        line(
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + ", "
                        + System.getProperty("os.arch"));
        line("processors", Integer.toString(machine.availableProcessors()));
        line("memory", machine.maxMemory() / MEBIBYTE + " MiB for Java; more with MAMBA_PKD_OPTS=-Xmx4g");
        line(
                "matrix products",
                CpuBackend.openBlasProblem()
                        .map(problem -> CpuBackend.javaBlas().name() + "; " + problem.sentence())
                        .orElseGet(() -> CpuBackend.preferredBlas().name()));
        line(
                "convolutions",
                CpuBackend.preferredConvolutions().description()
                        + CpuBackend.oneDnnProblem()
                                .map(problem -> "; " + problem.sentence())
                                .orElse(""));
        line("cuda", cuda());
        line("presets", String.join(", ", Presets.names()));
        line("data folder", DataFolder.usual().toString());
        line(
                "datasets",
                "mnist (comes with the program), fashion-mnist, fashion-mnist:DIR, cifar10, cifar10:DIR, cifar100, cifar100:DIR,"
                        + " cifar100-coarse, idx:DIR, folder:DIR");
        return ExitCode.OK;
    }

    /** The first GPU, or what is missing. */
    private String cuda() {
        try (Backend backend = session.cuda().open(CudaOptions.of(0, System.getenv()))) {
            return backend.description();
        } catch (InputException | ProgramError failure) {
            return "of no use: " + DeviceCheck.reason(failure);
        }
    }

    private void line(String what, String value) {
        session.out().println((what + ":                ").substring(0, 17) + value);
    }
}
