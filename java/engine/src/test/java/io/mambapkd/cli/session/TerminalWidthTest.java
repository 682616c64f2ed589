package io.mambapkd.cli.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("process")
class TerminalWidthTest {
    private static final long SECOND = 1_000_000_000;

    private long nanos;

    private TerminalWidth width(int columns, String... command) {
        return new TerminalWidth(columns, List.of(command), ProcessBuilder.Redirect.PIPE, () -> nanos);
    }

    /** Asks until the width is another one than before, for 20 s at most. */
    private static int changed(TerminalWidth width, int before) {
        long end = System.nanoTime() + 20 * SECOND;
        while (System.nanoTime() < end) {
            int now = width.getAsInt();
            if (now != before) {
                return now;
            }
            Thread.onSpinWait();
        }
        return fail("the width stayed " + before);
    }

    @Test
    void aNewWidthIsHeardASecondLaterAndTheFirstOneHoldsUntilThen() {
        TerminalWidth width = width(100, "echo", "24 45");

        assertThat(width.getAsInt()).isEqualTo(100);
        nanos += SECOND;
        assertThat(changed(width, 100)).isEqualTo(45);
    }

    @Test
    void withinASecondNothingIsAsked() {
        TerminalWidth width = width(100, "/nowhere/stty");

        nanos += SECOND - 1;

        assertThat(width.getAsInt()).isEqualTo(100);
    }

    @ParameterizedTest
    @ValueSource(strings = {"echo 0 0", "echo words", "echo 24 -5", "false", "/nowhere/stty size", "true"})
    void whatIsNoWidthLeavesTheLastOne(String command) throws InterruptedException {
        TerminalWidth width = width(80, command.split(" "));

        for (int i = 0; i < 3; i++) {
            nanos += SECOND;
            assertThat(width.getAsInt()).isEqualTo(80);
            ProcessHandle.current().children().forEach(child -> child.onExit().join());
        }
    }

    @Test
    void whereThereIsNoTerminalNothingIsAsked() {
        TerminalWidth width = width(0, "echo", "24 45");

        nanos += 10 * SECOND;

        assertThat(width.getAsInt()).isZero();
        assertThat(width.getAsInt()).isZero();
    }
}
