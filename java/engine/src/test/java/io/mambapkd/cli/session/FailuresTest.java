package io.mambapkd.cli.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

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

    @Test
    void aFullHeapSaysHowToAllowMore() {
        assertThat(failures.internal(new OutOfMemoryError("Java heap space"))).isEqualTo(2);
        assertThat(err.toString())
                .contains("MiB of memory that Java may use are not enough; allow more, as with MAMBA_PKD_OPTS='-Xmx");
    }
}
