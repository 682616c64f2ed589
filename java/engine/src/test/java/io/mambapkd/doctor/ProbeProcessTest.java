package io.mambapkd.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.Problem;
import io.mambapkd.doctor.ProbeProcess.Answer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Processes that end in ways of their own. */
@Timeout(30)
@Tag("process")
class ProbeProcessTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private static Answer shell(Duration limit, String script) {
        return ProbeProcess.ask(List.of("/bin/sh", "-c", script), limit);
    }

    @Test
    void whatAProcessSaidBeforeItCrashedCounts() {
        Answer answer = shell(
                LONG,
                "echo 'mamba-pkd-probe version=9.5.1'; echo '# A fatal error'; echo 'no libx.so' >&2; kill -ABRT $$");
        assertThat(answer.value("version")).isEqualTo("9.5.1");
        assertThat(answer.value("path")).isEmpty();
        assertThat(answer.failure()).isEqualTo("ended with status 134 (no libx.so)");
    }

    @Test
    void aProcessThatHangsIsEndedWithItsOwn() {
        Answer answer = shell(Duration.ofSeconds(1), "echo 'mamba-pkd-probe step=1'; sleep 1000; echo never");
        assertThat(answer.value("step")).isEqualTo("1");
        assertThat(answer.failure()).isEqualTo("did not end within 1 s (without a word)");
        assertThat(answer.late()).isTrue();
    }

    @Test
    void aProcessThatEndsWellHasNoFailure() {
        Answer answer = shell(LONG, "printf 'w\\303\\266rds\\n\\nmamba-pkd-probe a=b=c\\n'");
        assertThat(answer.end()).isEmpty();
        assertThat(answer.late()).isFalse();
        assertThat(answer.value("a")).isEqualTo("b=c");
        assertThat(answer.lines()).containsExactly("w\u00f6rds");
    }

    @Test
    void aCommandThatIsNotThereIsAnAnswerToo() {
        assertThat(ProbeProcess.ask(List.of("/no/such/command"), LONG).end()).startsWith("could not start: ");
    }

    @Test
    void valuesAreFoundByTheStartOfTheirKeys() {
        Answer answer = shell(LONG, "for k in a.x a.y b.x; do echo mamba-pkd-probe $k=of-$k; done");
        assertThat(answer.values("a.")).containsExactly(Map.entry("x", "of-a.x"), Map.entry("y", "of-a.y"));
    }

    @Test
    void aProcessMayTakeTwoThirdsOfTheTimeThatIsLeftAndASecondAtLeast() {
        assertThat(TimeLimit.of(Duration.ofSeconds(90)).share())
                .isBetween(Duration.ofSeconds(50), Duration.ofSeconds(60));
        assertThat(TimeLimit.of(Duration.ZERO).share()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void aProblemIsAnsweredWithItsRemedyWhateverSignsItHas() {
        Answer answer = shell(LONG, "echo mamba-pkd-probe x=old; echo mamba-pkd-probe x.remedy='; install it'");
        assertThat(answer.problem("x")).isEqualTo(new Problem("old", "; install it"));
        assertThat(answer.problem("y")).isEqualTo(new Problem("", ""));
    }

    @Test
    void aFindingHasOneLineForWhatIsAndOneForWhatToDo() {
        Finding finding = Finding.problem("cuDNN", "not\nfound; it is gone", "install it; or\nleave it");
        assertThat(finding.text()).isEqualTo("not found; it is gone");
        assertThat(finding.remedy()).isEqualTo("install it; or leave it");
        assertThat(Finding.note("x", "a\u001b[31m").text()).isEqualTo("a?[31m");
    }
}
