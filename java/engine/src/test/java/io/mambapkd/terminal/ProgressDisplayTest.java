package io.mambapkd.terminal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.results.EpochRecord;
import io.mambapkd.terminal.ProgressDisplay.Colour;
import io.mambapkd.terminal.ProgressDisplay.Output;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProgressDisplayTest {
    private static final long MILLISECOND = 1_000_000;
    private static final EpochRecord EPOCH =
            new EpochRecord("teacher", 1, 6, 0.91234, 0.782, 0.964, 0.001, 1190.4, 42.04);

    /** What turns wrapping at the last column off and on (DECAWM). */
    private static final String NO_WRAP = "\u001b[?7l";

    private static final String WRAP = "\u001b[?7h";

    private static final String CLEAR = "\u001b[K";

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintWriter stream = new PrintWriter(bytes, true, UTF_8);
    private long nanos;
    private int columns = 100;

    @Test
    void aPipeGetsOneLineForEveryStageAndEpoch() {
        ProgressDisplay display = display(Output.LINES, Colour.NONE);

        display.stageStarted("teacher");
        for (int step = 1; step <= 100; step++) {
            nanos += 200 * MILLISECOND;
            display.progress("teacher", step, 600, 0.9, 0.78, 1200);
        }
        display.epochFinished(EPOCH);
        display.stageStarted("caching");
        display.progress("caching", 5, 10, Double.NaN, Double.NaN, 9000);
        display.clear();

        assertThat(written()).isEqualTo("""
                        teacher: started
                        teacher: epoch 1/6, loss 0.9123, training accuracy 78.20 %, validation accuracy 96.40 %, 1,190 images/s, 42.0 s
                        caching: started
                        """);
    }

    @Test
    void aTerminalShowsEpochShareTimeLeftLossAccuracyAndSpeed() {
        ProgressDisplay display = display(Output.TERMINAL, Colour.NONE);
        display.stageStarted("teacher");
        nanos += 20_000 * MILLISECOND;

        display.progress("teacher", 200, 1000, 0.51234, 0.9312, 1234.4);

        // 200 of 1000 steps took 20 s: 800 more take 80 s.
        assertThat(shown())
                .isEqualTo("teacher  epoch 1  20 %  1 min 20 s left  loss 0.5123  accuracy 93.12 %  1,234 images/s");
    }

    @Test
    void theNumberOfEpochsIsShownOnceItIsKnown() {
        ProgressDisplay display = display(Output.TERMINAL, Colour.NONE);
        display.stageStarted("teacher");
        display.epochFinished(EPOCH);
        nanos += 1000 * MILLISECOND;

        display.progress("teacher", 200, 1000, 0.5, 0.9, 1234);

        assertThat(shown()).contains("  epoch 2/6  ");
    }

    @Test
    void aStageWithoutLossShowsNoneAndNoEpoch() {
        ProgressDisplay display = display(Output.TERMINAL, Colour.NONE);
        display.stageStarted("caching");
        nanos += 1000 * MILLISECOND;

        display.progress("caching", 50, 100, Double.NaN, Double.NaN, 9000);

        assertThat(shown()).isEqualTo("caching  50 %  1.0 s left  9,000 images/s");
    }

    @Test
    void timeLeftCountsTheStageAlone() {
        ProgressDisplay display = display(Output.TERMINAL, Colour.NONE);
        display.stageStarted("teacher");
        nanos += 500_000 * MILLISECOND;
        display.stageStarted("student-1");
        nanos += 10_000 * MILLISECOND;

        display.progress("student-1", 10, 20, 0.5, 0.9, 100);

        assertThat(shown()).contains("  10.0 s left  ");
    }

    @Test
    void theLineIsRedrawnTenTimesASecondAtMost() {
        ProgressDisplay display = display(Output.TERMINAL, Colour.NONE);
        display.stageStarted("teacher");
        int before = redraws();

        for (int step = 1; step <= 2000; step++) {
            nanos += MILLISECOND;
            display.progress("teacher", step, 10_000, 0.5, 0.9, 1000);
        }

        assertThat(redraws() - before).isEqualTo(20);
    }

    @Test
    void theLastStepOfAStageIsAlwaysDrawn() {
        ProgressDisplay display = display(Output.TERMINAL, Colour.NONE);
        display.stageStarted("teacher");

        display.progress("teacher", 10, 10, 0.5, 0.9, 1000);

        assertThat(shown()).contains("100 %");
    }

    @Test
    void aNarrowTerminalGetsTheMostUsefulPartsThatFit() {
        ProgressDisplay display = display(Output.TERMINAL, Colour.NONE);
        columns = 42;
        display.stageStarted("teacher");
        nanos += 20_000 * MILLISECOND;

        display.progress("teacher", 200, 1000, 0.5, 0.93, 1234);

        assertThat(shown()).isEqualTo("teacher  epoch 1  20 %  1 min 20 s left");
    }

    @ParameterizedTest
    @ValueSource(ints = {20, 33, 45, 60})
    void aTerminalThatHasBecomeNarrowerKeepsOneLine(int narrowed) {
        ProgressDisplay display = display(Output.TERMINAL, Colour.NONE);
        display.stageStarted("teacher");
        for (int step = 1; step <= 30; step++) {
            nanos += 200 * MILLISECOND;
            display.progress("teacher", step, 100, 0.51234, 0.9312, 1234.4);
        }

        // The display was told nothing of it.
        assertThat(screen(narrowed)).singleElement().asString().hasSizeLessThanOrEqualTo(narrowed);

        columns = narrowed;
        nanos += 200 * MILLISECOND;
        display.progress("teacher", 40, 100, 0.51234, 0.9312, 1234.4);
        display.note("Done.");
        display.clear();

        assertThat(screen(narrowed)).startsWith("Done.").hasSize(3);
    }

    @Test
    void aNoteAndAFinishedStageMayWrapAsTheyStay() {
        ProgressDisplay display = display(Output.TERMINAL, Colour.NONE);
        columns = 20;
        display.stageStarted("teacher");

        display.note("A sentence of more than twenty letters.");

        assertThat(screen(20)).containsExactly("A sentence of more t", "han twenty letters.", "teacher");
    }

    @Test
    void noRedrawReachesTheLastColumn() {
        ProgressDisplay display = display(Output.TERMINAL, Colour.NONE);
        for (columns = 3; columns < 120; columns++) {
            nanos += 1000 * MILLISECOND;
            display.stageStarted("a-student-with-a-rather-long-name");
            nanos += 1000 * MILLISECOND;
            bytes.reset();
            display.progress("a-student-with-a-rather-long-name", 5, 10, 0.5, 0.93, 1234);
            assertThat(shown().length()).isLessThan(columns);
        }
    }

    @Test
    void aShorterLineLeavesNothingOfTheLongerOne() {
        ProgressDisplay display = display(Output.TERMINAL, Colour.NONE);
        display.stageStarted("teacher");
        nanos += 1000 * MILLISECOND;
        display.progress("teacher", 5, 10, 0.5, 0.93, 1234);
        String longer = shown();
        nanos += 1000 * MILLISECOND;

        display.progress("teacher", 6, 10, Double.NaN, Double.NaN, 0);

        assertThat(shown()).isEqualTo("teacher  60 %  1.3 s left").hasSizeLessThan(longer.length());
    }

    @Test
    void everyFinishedStageLeavesOneLineOnTheTerminal() {
        ProgressDisplay display = display(Output.TERMINAL, Colour.NONE);
        display.stageStarted("teacher");
        nanos += 42_000 * MILLISECOND;
        display.epochFinished(EPOCH);
        display.stageStarted("caching");
        nanos += 2_000 * MILLISECOND;
        display.clear();
        display.clear();

        assertThat(screen())
                .containsExactly("teacher  epoch 1/6  loss 0.9123  validation 96.40 %  42.0 s", "caching  2.0 s", "");
    }

    @Test
    void aNoteStaysAboveTheLine() {
        ProgressDisplay display = display(Output.TERMINAL, Colour.NONE);
        display.stageStarted("teacher");

        display.note("The folder is runs/a.");

        assertThat(screen()).containsExactly("The folder is runs/a.", "teacher");
    }

    @Test
    void namesAndNotesCannotMoveTheCursor() {
        ProgressDisplay display = display(Output.LINES, Colour.NONE);

        display.note("a\u001b[2Jb\r\nc\u202ed");

        assertThat(written()).isEqualTo("a?[2Jb??c?d\n");
    }

    @Test
    void colourIsOnlySentWhereItIsWanted() {
        display(Output.TERMINAL, Colour.NONE).stageStarted("teacher");
        assertThat(written()).isEqualTo("\r" + NO_WRAP + "teacher" + CLEAR + WRAP);

        display(Output.TERMINAL, Colour.ANSI).stageStarted("teacher");
        assertThat(written()).endsWith("\r" + NO_WRAP + "\u001b[1mteacher\u001b[0m" + CLEAR + WRAP);
    }

    @Test
    void anythingBeforeTheFirstStageIsHarmless() {
        ProgressDisplay display = display(Output.TERMINAL, Colour.NONE);

        display.progress("teacher", 1, 2, 0.5, 0.5, 1);
        display.epochFinished(EPOCH);
        display.clear();

        assertThat(written()).isEmpty();
    }

    private ProgressDisplay display(Output output, Colour colour) {
        return new ProgressDisplay(stream, output, colour, () -> columns, () -> nanos);
    }

    private String written() {
        return bytes.toString(UTF_8);
    }

    private int redraws() {
        return (int) written().chars().filter(c -> c == '\r').count();
    }

    /** The row of the cursor. */
    private String shown() {
        List<String> rows = screen();
        return rows.get(rows.size() - 1);
    }

    /** What a terminal would show, without trailing spaces. */
    private List<String> screen() {
        return screen(Integer.MAX_VALUE);
    }

    /** The same on a terminal of so many columns. */
    private List<String> screen(int width) {
        List<StringBuilder> rows = new java.util.ArrayList<>(List.of(new StringBuilder()));
        int column = 0;
        boolean wraps = true;
        String text = written();
        for (int at = 0; at < text.length(); at++) {
            if (text.startsWith(NO_WRAP, at) || text.startsWith(WRAP, at)) {
                wraps = text.startsWith(WRAP, at);
                at += WRAP.length() - 1;
                continue;
            }
            StringBuilder current = rows.get(rows.size() - 1);
            if (text.startsWith(CLEAR, at)) {
                // The last column is still that of the cursor while a terminal waits whether to wrap.
                current.setLength(Math.min(current.length(), Math.min(column, width - 1)));
                at += CLEAR.length() - 1;
                continue;
            }
            char c = text.charAt(at);
            if (c == '\r') {
                column = 0;
                continue;
            }
            if (c == '\n' || column == width && wraps) {
                rows.add(new StringBuilder());
                column = 0;
            }
            if (c != '\n') {
                StringBuilder row = rows.get(rows.size() - 1);
                column = Math.min(column, width - 1);
                row.setLength(Math.max(row.length(), column + 1));
                row.setCharAt(column, c);
                column++;
            }
        }
        return rows.stream().map(row -> row.toString().stripTrailing()).toList();
    }
}
