package io.mambapkd.bench.options;

import io.mambapkd.InputException;
import io.mambapkd.cli.machine.CudaSettings;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.ops.cuda.options.CudaOptions;
import io.mambapkd.ops.cuda.options.CudaOptions.Libraries;
import io.mambapkd.ops.cuda.options.CudaOptions.Steps;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where to measure. */
public final class StepMachine {
    private static final int MOST_THREADS = 256;

    /** The devices. */
    public enum Device {
        CPU,
        CUDA
    }

    @Option(names = "--device", defaultValue = "cuda", paramLabel = "DEVICE", description = "cuda (default) or cpu.")
    private Device device = Device.CUDA;

    @Option(names = "--threads", paramLabel = "N", description = "CPU threads; default all processors.")
    private @Nullable Integer threads;

    @Mixin
    private final CudaSettings cuda = new CudaSettings();

    /** @throws InputException if an option is for another device */
    public Device device() {
        if (device == Device.CPU) {
            cuda.requireNone();
        }
        return device;
    }

    public int threads() {
        int count = threads == null ? Math.min(Runtime.getRuntime().availableProcessors(), MOST_THREADS) : threads;
        if (count < 1 || count > MOST_THREADS) {
            throw new InputException("--threads must be from 1 to " + MOST_THREADS + ", got " + count);
        }
        return count;
    }

    /**
     * The backend that the options name.
     *
     * @param libraries when those of a GPU are started
     * @throws InputException if an option is wrong, or the device is of no use
     */
    public Backend open(Libraries libraries) {
        return device() == Device.CPU
                ? new CpuBackend(threads())
                : new CudaBackend(cuda(System.getenv()).with(libraries));
    }

    /** How work is repeated there: {@code replayed} as a CUDA graph, or {@code eager}. */
    public String mode() {
        return device() == Device.CUDA && cuda(System.getenv()).steps() == Steps.GRAPH ? "replayed" : "eager";
    }

    /** @throws InputException if an option is wrong on any machine */
    public CudaOptions cuda(Map<String, String> environment) {
        return cuda.options(environment);
    }
}
