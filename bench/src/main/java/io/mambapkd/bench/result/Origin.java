package io.mambapkd.bench.result;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cuda.CudaBackend;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Where a result comes from; the member {@code origin} of every result file.
 *
 * @param device name of the GPU, or of the processor where it was the CPU
 * @param driver release of CUDA that the driver is of; {@value #NO_DRIVER} on the CPU
 * @param date of the run, UTC, ISO 8601
 * @param commit of the program
 * @param command that repeats it
 * @param emulated whether there was no hardware behind the device, so that its times say nothing
 */
public record Origin(String device, String driver, String date, String commit, String command, boolean emulated) {
    public static final String NO_DRIVER = "none";

    /** Of a measurement on a backend, dated now. */
    public static Origin of(Backend backend, String commit, String command) {
        String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        if (backend instanceof CudaBackend cuda) {
            return new Origin(cuda.deviceName(), cuda.driverRelease(), now, commit, command, cuda.isEmulated());
        }
        return new Origin(Machine.cpu(), NO_DRIVER, now, commit, command, false);
    }

    /** One line for below a table. */
    public String markdown() {
        return device + (driver.equals(NO_DRIVER) ? "" : ", driver for CUDA " + driver) + "; " + date + ", commit "
                + commit + ", command `" + command + "`.\n";
    }
}
