package io.mambapkd.bench.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.nn.Decay;
import io.mambapkd.optim.Nesterov;
import io.mambapkd.optim.Nesterov.RateUnit;
import org.junit.jupiter.api.Test;

/** What a peer is told of the recipes, with numbers worked out by hand. */
class UpdateTest {
    private final Update.Sgd airbench =
            new Update.Sgd(new Nesterov.Options(RateUnit.KILOSTEP, 0.75, 0.02, 64), 10, 0.5);

    @Test
    void aRateOfAKilostepIsSharedByTheImagesAndTheirMomentum() {
        // 1024 (1 + 1 / 0.25) = 5120 images; the loss is a mean of 512.
        assertThat(airbench.rate(Decay.YES, 512)).isCloseTo(0.5, within(1e-12));
        assertThat(airbench.rate(Decay.NORM_BIAS, 512)).isCloseTo(32, within(1e-12));
    }

    @Test
    void whatAKilostepTakesOffAParameterDoesNotDependOnTheRateOfItsGroup() {
        assertThat(airbench.weightDecay(Decay.YES)).isCloseTo(0.002, within(1e-12));
        assertThat(airbench.weightDecay(Decay.INPUT_BIAS)).isCloseTo(0.002, within(1e-12));
        assertThat(airbench.weightDecay(Decay.NORM_BIAS)).isCloseTo(0.002 / 64, within(1e-12));
    }

    @Test
    void aRateOfAStepIsTheRateAndOnlyMatricesDecay() {
        Update.Sgd plain = new Update.Sgd(new Nesterov.Options(RateUnit.STEP, 0.9, 5e-4, 1), 0.2, 0.25);
        assertThat(plain.rate(Decay.NO, 256)).isCloseTo(0.05, within(1e-12));
        assertThat(plain.weightDecay(Decay.YES)).isEqualTo(5e-4);
        assertThat(plain.weightDecay(Decay.NO)).isZero();
    }
}
