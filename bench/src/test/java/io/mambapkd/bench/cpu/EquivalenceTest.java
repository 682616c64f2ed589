package io.mambapkd.bench.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.bench.cpu.Equivalence.FirstSteps;
import io.mambapkd.bench.cpu.Equivalence.Tolerance;
import org.junit.jupiter.api.Test;

class EquivalenceTest {
    private static final float[] LOGITS = {1f, -2f};

    private final StepSubject peer = new FakeSubject("peer", LOGITS, step -> 2.0 / step);

    @Test
    void subjectsThatAgreeAreAcceptedAndTheLargestDifferenceOfTheirLogitsIsReported() {
        StepSubject ours = new FakeSubject("ours", new float[] {1.00005f, -2f}, step -> 2.0 / step);
        assertThat(Equivalence.require(ours, peer)).isCloseTo(5e-5, within(1e-6));
    }

    @Test
    void anotherLogitIsRefused() {
        StepSubject ours = new FakeSubject("ours", new float[] {1f, -2.25f}, step -> 2.0 / step);
        assertThatThrownBy(() -> Equivalence.require(ours, peer))
                .hasMessageContaining("no timing: logit 1 is -2.25")
                .hasMessageContaining("in ours but -2.0 in peer");
    }

    @Test
    void anotherNumberOfLogitsIsRefused() {
        StepSubject ours = new FakeSubject("ours", new float[] {1f}, step -> 2.0 / step);
        assertThatThrownBy(() -> Equivalence.require(ours, peer)).hasMessageContaining("1 logits");
    }

    @Test
    void logitsThatAreNotNumbersAreRefused() {
        StepSubject ours = new FakeSubject("ours", new float[] {Float.NaN, -2f}, step -> 2.0 / step);
        assertThatThrownBy(() -> Equivalence.require(ours, peer)).hasMessageContaining("logit 0 is NaN");
    }

    @Test
    void anotherLossIsRefused() {
        StepSubject ours = new FakeSubject("ours", LOGITS, step -> 2.001 / step);
        assertThatThrownBy(() -> Equivalence.require(ours, peer)).hasMessageContaining("the first loss");
    }

    @Test
    void aLossThatDepartsAfterAnUpdateIsRefused() {
        StepSubject ours = new FakeSubject("ours", LOGITS, step -> step < 3 ? 2.0 / step : 0.5);
        assertThatThrownBy(() -> Equivalence.require(ours, peer)).hasMessageContaining("the loss of step 3");
    }

    @Test
    void anotherNormOfTheGradientIsRefused() {
        StepSubject ours = new FakeSubject("ours", LOGITS, step -> 2.0 / step) {
            @Override
            double norm() {
                return 3.01;
            }
        };
        assertThatThrownBy(() -> Equivalence.require(ours, peer))
                .hasMessageContaining("the norm of the first gradient");
    }

    @Test
    void ofABfloat16PeerMoreIsAcceptedButNotAnything() {
        FirstSteps exact = FirstSteps.of(peer, 2);
        FirstSteps near = FirstSteps.of(new FakeSubject("ours", new float[] {1.02f, -2f}, step -> 2.02 / step), 2);
        FirstSteps far = FirstSteps.of(new FakeSubject("ours", new float[] {1.2f, -2f}, step -> 2.0 / step), 2);
        assertThat(Equivalence.require(near, exact, Tolerance.BF16)).isCloseTo(0.02, within(1e-6));
        assertThatThrownBy(() -> Equivalence.require(near, exact, Tolerance.F32))
                .hasMessageContaining("logit 0");
        assertThatThrownBy(() -> Equivalence.require(far, exact, Tolerance.BF16))
                .hasMessageContaining("logit 0");
    }
}
