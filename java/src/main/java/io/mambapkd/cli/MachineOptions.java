package io.mambapkd.cli;

import io.mambapkd.InputException;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where and how wide to compute. The only place that chooses a backend. */
final class MachineOptions {
    private static final int MOST_THREADS = 256;

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            defaultValue = "auto",
            converter = Device.Converter.class,
            description = "auto, cpu or cuda; default ${DEFAULT-VALUE}.")
    private Device device = Device.AUTO;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "CPU threads; default all processors. Results do not depend on it.")
    private @Nullable Integer threads;

    /** Opens the backend. */
    Machine open() {
        int count = threads == null ? Math.min(Runtime.getRuntime().availableProcessors(), MOST_THREADS) : threads;
        if (count < 1 || count > MOST_THREADS) {
            throw new InputException("--threads must be from 1 to " + MOST_THREADS + ", got " + count);
        }
        if (device == Device.CUDA) {
            Backend cuda = CudaMachine.open(CudaMachine.environment());
            return new Machine(cuda, count, cuda.description());
        }
        CpuBackend backend = new CpuBackend(count);
        String reason = device == Device.AUTO
                ? " (chosen by --device auto: the CUDA backend has not been tried on a GPU yet, so it must be asked for)"
                : "";
        return new Machine(backend, count, backend.description() + reason);
    }
}
