package io.mambapkd.results;

/**
 * Where a result comes from; the member {@code origin} of validation.json and of every result of {@code mamba-pkd bench}.
 *
 * @param device name of the GPU; of the processor, or the description of the backend, where it was the CPU
 * @param driver release of CUDA that the driver is of; {@value #NO_DRIVER} on the CPU
 * @param date of the run, UTC, ISO 8601
 * @param commit of the program, or {@code unknown}
 * @param command that repeats it
 * @param emulated whether there was no hardware behind the device, so that its times say nothing
 */
public record Origin(String device, String driver, String date, String commit, String command, boolean emulated) {
    public static final String NO_DRIVER = "none";

    /** One line for below a table. */
    public String markdown() {
        return device + (driver.equals(NO_DRIVER) ? "" : ", driver for CUDA " + driver) + "; " + date + ", commit "
                + commit + ", command `" + command + "`.\n";
    }
}
