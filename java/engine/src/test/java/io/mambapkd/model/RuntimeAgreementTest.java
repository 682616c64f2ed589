package io.mambapkd.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.runtime.Answer;
import io.mambapkd.runtime.AnytimeClassifier;
import io.mambapkd.runtime.Steps;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The runtime computes what the engine computes. */
class RuntimeAgreementTest {
    /** Chains of one to three students: 200 specs in all. */
    static IntStream chains() {
        return IntStream.range(0, 100);
    }

    @TempDir
    Path folder;

    @ParameterizedTest
    @MethodSource("chains")
    void logitsOfRandomStudentsAreThoseOfTheEngine(int number) throws IOException {
        RandomChain chain = new RandomChain(number, 1 + number % 3);
        List<float[]> expected;
        try (Backend backend = new CpuBackend(1)) {
            expected = chain.write(folder, backend);
        }

        AnytimeClassifier classifier = AnytimeClassifier.load(folder);

        float[] logits = new float[RandomChain.CLASSES];
        for (int image = 0; image < RandomChain.IMAGES; image++) {
            Steps steps = classifier.start(chain.image(image));
            for (int k = 0; k < chain.students.size(); k++) {
                Answer answer = steps.step();
                steps.logits(logits);
                float[] group = expected.get(k);
                double scale = 1;
                int best = 0;
                for (int c = 0; c < logits.length; c++) {
                    float value = group[image * logits.length + c];
                    scale = Math.max(scale, Math.abs(value));
                    best = value > group[image * logits.length + best] ? c : best;
                }
                for (int c = 0; c < logits.length; c++) {
                    assertThat(logits[c])
                            .as("%s, image %d, student %d, class %d", chain.students, image, k, c)
                            .isCloseTo(group[image * logits.length + c], within((float) (1e-5 * scale)));
                }
                assertThat(answer.label()).isEqualTo(best);
                assertThat(answer.students()).isEqualTo(k + 1);
                assertThat(answer.flops()).isEqualTo(classifier.flops(k + 1));
            }
        }
    }
}
