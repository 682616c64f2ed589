package io.mambapkd.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.image.Views.View;
import org.junit.jupiter.api.Test;

class ViewsTest {
    @Test
    void twoAreTheImageAndItsMirrorImage() {
        assertThat(Views.of(2))
                .containsExactly(new View(Placement.NONE, 0.5f), new View(new Placement(0, 0, true), 0.5f));
    }

    /** {@code logits = 0.5 mirror(x) + 0.5 mean(mirror(x up left), mirror(x down right))} of the paper's code, mirror being a mean of two. */
    @Test
    void sixAreThoseOfThePaper() {
        assertThat(Views.of(6))
                .containsExactlyInAnyOrder(
                        new View(Placement.NONE, 0.25f),
                        new View(new Placement(0, 0, true), 0.25f),
                        new View(new Placement(-1, -1, false), 0.125f),
                        new View(new Placement(-1, -1, true), 0.125f),
                        new View(new Placement(1, 1, false), 0.125f),
                        new View(new Placement(1, 1, true), 0.125f));
    }

    @Test
    void oneIsTheImageAsItIsAndOthersThereAreNot() {
        assertThat(Views.of(1)).containsExactly(new View(Placement.NONE, 1));
        assertThatThrownBy(() -> Views.of(3)).hasMessage("there are no 3 views");
    }
}
