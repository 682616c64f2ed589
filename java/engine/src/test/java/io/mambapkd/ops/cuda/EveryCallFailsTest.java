package io.mambapkd.ops.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.ChildJava;
import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.ops.cuda.driver.TestDevice;
import io.mambapkd.ops.cuda.natives.CudaNatives;
import io.mambapkd.ops.cuda.natives.LibraryFolders;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whichever call of the driver fails between opening and closing a backend, the failure names that call, closing adds none of its own after a device
 * error, and nothing stays on the device. In processes of their own: an error that stays would be met by other tests.
 */
@Timeout(120)
@Tag("process")
class EveryCallFailsTest {
    /** Strides without a common divisor, so that the runs try different calls. */
    @ParameterizedTest
    @CsvSource({"700, STICKY, 1, 7", "999, STICKY, 3, 11", "2, PASSING, 2, 7"})
    void oneErrorIsReportedAndEverythingGivenBack(String status, String fault, String first, String stride)
            throws IOException, InterruptedException {
        TestDevice.requireEmulation();
        List<String> command = ChildJava.command(
                List.of(
                        "-D" + CudaNatives.DRIVER_PROPERTY + "=" + EmulatedDriver.library(),
                        "-D" + LibraryFolders.PROPERTY + "="
                                + EmulatedDriver.library().getParent()),
                EveryCallFailsProbe.class.getName());
        command.addAll(List.of(status, fault, first, stride));
        Process process = new ProcessBuilder(command).start();
        process.getErrorStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        // Ten and more: opening alone makes hundreds of calls.
        assertThat(output.strip()).matches("failures [0-9]{2,}, complaints 0");
    }
}
