package io.mambapkd.cli.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.ops.cuda.failures.CudaCallError;
import io.mambapkd.ops.cuda.failures.DeviceLostException;
import io.mambapkd.ops.cuda.failures.UnusableDeviceException;
import io.mambapkd.storage.RunLockedException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class FailuresTest {
    private final StringWriter err = new StringWriter();
    private final Failures failures = new Failures("mamba-pkd", new PrintWriter(err, true), () -> false);

    /** Java has one kind of error for a full heap and for threads that the system refuses. */
    @Test
    void aLimitOfThreadsIsNotTakenForOneOfMemory() {
        int exitCode = failures.internal(new OutOfMemoryError(
                "unable to create native thread: possibly out of memory or process/resource limits reached"));

        assertThat(exitCode).isEqualTo(2);
        assertThat(err.toString())
                .isEqualToIgnoringNewLines(
                        "mamba-pkd: the system lets this program start no more threads; allow more, as"
                                + " with ulimit -u, or use fewer with --threads");
    }

    @ParameterizedTest
    @MethodSource("failures")
    void aFailureHasTheExitCodeOfItsKind(RuntimeException failure, int exitCode) {
        CommandLine line = new CommandLine(CommandSpec.create());

        assertThat(failures.handleExecutionException(failure, line, line.parseArgs()))
                .isEqualTo(exitCode);
        assertThat(err.toString()).startsWith("mamba-pkd: ").contains("what; how");
    }

    static Stream<Arguments> failures() {
        Problem problem = new Problem("what", "how");
        RuntimeException lost = new DeviceLostException(700, problem);
        return Stream.of(
                Arguments.of(new InputException(problem), 2),
                Arguments.of(new UnusableDeviceException(100, problem), 2),
                Arguments.of(lost, 5),
                Arguments.of(new InputException(problem, lost), 5),
                Arguments.of(new RunLockedException(problem), 8),
                Arguments.of(new CudaCallError(1, problem), 70));
    }

    @Test
    void aFullHeapSaysHowToAllowMore() {
        assertThat(failures.internal(new OutOfMemoryError("Java heap space"))).isEqualTo(2);
        assertThat(err.toString())
                .contains("MiB of memory that Java may use are not enough; allow more, as with MAMBA_PKD_OPTS='-Xmx");
    }
}
