package io.mambapkd.bench.options;

import io.mambapkd.bench.result.Machine;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cuda.CudaBackend;
import io.mambapkd.results.Origin;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What a command says of the origin of its result. */
public final class OriginOption {
    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    @Option(
            names = "--commit",
            paramLabel = "COMMIT",
            description = "Of the program, for the result; default what git says of the current folder.")
    private @Nullable String commit;

    /** Of a measurement on a backend, dated now. */
    public Origin of(Backend backend) {
        String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        String program = commit == null ? Machine.currentCommit() : commit;
        if (backend instanceof CudaBackend cuda) {
            return new Origin(cuda.deviceName(), cuda.driverRelease(), now, program, commandLine(), cuda.isEmulated());
        }
        return new Origin(Machine.cpu(), Origin.NO_DRIVER, now, program, commandLine(), false);
    }

    /** Of what was calculated for a device, and not measured; dated now. */
    public Origin ofModel(String device) {
        String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        String program = commit == null ? Machine.currentCommit() : commit;
        return new Origin("Model of " + device, Origin.NO_DRIVER, now, program, commandLine(), false);
    }

    private String commandLine() {
        return "mamba-pkd bench "
                + String.join(
                        " ",
                        Objects.requireNonNull(command)
                                .commandLine()
                                .getParent()
                                .getParseResult()
                                .originalArgs());
    }
}
