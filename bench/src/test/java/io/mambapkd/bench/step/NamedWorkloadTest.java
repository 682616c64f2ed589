package io.mambapkd.bench.step;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.bench.options.RunOptions;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.nn.Precision;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.train.settings.RunSpec;
import org.junit.jupiter.api.Test;

class NamedWorkloadTest {
    /**
     * @param extents batch B, tokens L, model width, inner channels D, states N, blocks
     * @param images how many a launch of eight steps takes
     */
    private static void assertExtents(NamedWorkload workload, int images, int... extents) {
        StepSubjects subjects = StepSubjects.of(new RunOptions(), workload);
        RunSpec spec = subjects.spec(Precision.BF16);
        assertThat(subjects.models()).containsExactly(1);
        StudentSpec model = spec.models().get(1);
        ImageShape image = subjects.dataset().training().shape();
        assertThat(new int[] {
                    spec.students().get(1).batch(spec.student()),
                    model.tokenizer().grid(image).tokens(),
                    model.modelWidth(),
                    model.modelWidth() * model.expand(),
                    model.stateSize(),
                    model.blocks()
                })
                .isEqualTo(extents);
        assertThat(subjects.dataset().training().size()).isEqualTo(images);
        assertThat(spec.student().precision().name()).isEqualTo("BF16");
    }

    @Test
    void theExtentsOfTheStudentsAreThoseThatTheyAreNamedFor() {
        assertExtents(NamedWorkload.REFERENCE, 32_768, 4096, 28, 16, 32, 8, 2);
        assertExtents(NamedWorkload.PATCHES8X8, 8192, 1024, 64, 128, 256, 16, 4);
    }
}
