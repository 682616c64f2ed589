package io.mambapkd.cli.machine;

import io.mambapkd.InputException;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.ops.cuda.failures.CudaCallError;
import io.mambapkd.ops.cuda.failures.NoSuchDeviceException;
import io.mambapkd.ops.cuda.options.CudaOptions;
import java.io.PrintWriter;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Where and how wide to compute. The only place that chooses a backend. */
public final class MachineOptions {
    private static final int MOST_THREADS = 256;

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            converter = Device.Converter.class,
            completionCandidates = Device.Names.class,
            description =
                    "auto, cpu or cuda; default auto (cuda for validate): the GPU where it is of use, else the CPU, and the run says why.")
    private @Nullable Device device;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "CPU threads; default all processors. Results do not depend on it.")
    private @Nullable Integer threads;

    @Mixin
    private final CudaSettings cuda = new CudaSettings();

    /** Opens what a run computes on. */
    public Machine open(CudaMachine opener) {
        return open(opener, Device.AUTO, CpuBackend::new);
    }

    /**
     * Opens the backend.
     *
     * @param usual where nothing else was asked for
     * @param cpu the CPU's backend with so many threads
     * @throws InputException if an option is wrong, or the device that was asked for is of no use
     * @throws CudaCallError if the program made a call of CUDA that it should never have made, whatever device was asked for
     */
    public Machine open(CudaMachine opener, Device usual, IntFunction<Backend> cpu) {
        int count = threads();
        Device asked = device == null ? usual : device;
        if (asked == Device.CPU) {
            cuda.requireNone();
            return onCpu(cpu, count, "");
        }
        // What is wrong on any machine is no reason to choose another device.
        CudaOptions options = cuda.options(System.getenv());
        if (asked == Device.CUDA) {
            return onCuda(opener.open(options), count, "");
        }
        Backend backend;
        try {
            backend = opener.open(options);
        } catch (InputException reason) {
            // A wrong option, and an error of this program, are no reason either.
            if (reason instanceof NoSuchDeviceException
                    || CudaCallError.in(reason).isPresent()) {
                throw reason;
            }
            return onCpu(
                    cpu, count, " (chosen by --device auto, as CUDA is of no use here: " + reason.getMessage() + ")");
        }
        return onCuda(backend, count, " (chosen by --device auto)");
    }

    private Machine onCpu(IntFunction<Backend> cpu, int count, String reason) {
        if (command != null) {
            PrintWriter err = command.commandLine().getErr();
            CpuBackend.openBlasProblem().ifPresent(problem -> err.println("note: " + problem.sentence()));
            CpuBackend.oneDnnProblem().ifPresent(problem -> err.println("note: " + problem.sentence()));
        }
        Backend backend = cpu.apply(count);
        return new Machine(backend, count, backend.description() + reason);
    }

    private Machine onCuda(Backend backend, int count, String reason) {
        return new Machine(backend, count, backend.description() + cuda.remark() + reason);
    }

    /** Whether products are rounded more than float arithmetic does, if CUDA is used. */
    public boolean roundsProducts() {
        return !cuda.remark().isEmpty();
    }

    /** How many CPU threads. */
    public int threads() {
        int count = threads == null ? Math.min(Runtime.getRuntime().availableProcessors(), MOST_THREADS) : threads;
        if (count < 1 || count > MOST_THREADS) {
            throw new InputException("--threads must be from 1 to " + MOST_THREADS + ", got " + count);
        }
        return count;
    }
}
