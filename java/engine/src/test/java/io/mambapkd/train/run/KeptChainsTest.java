package io.mambapkd.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.Checkout;
import io.mambapkd.checkpoint.Checkpoint;
import io.mambapkd.image.Normalisation;
import io.mambapkd.model.MambaStudent;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.Precision;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.runtime.AnytimeClassifier;
import io.mambapkd.runtime.Steps;
import io.mambapkd.runtime.model.ChainDescription;
import io.mambapkd.runtime.model.ModelFolder;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.train.settings.RunSpecYaml;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The chains that are kept with their students: the runtime says of an image what the engine says. */
class KeptChainsTest {
    private static final int IMAGES = 4;

    @ParameterizedTest
    @ValueSource(strings = {"mnist-full", "fashion-mnist-chain", "cifar10-jpeg-chain"})
    void theRuntimeComputesTheLogitsOfTheEngine(String name) throws IOException {
        Path place = Checkout.path("bench/results/" + name);
        AnytimeClassifier classifier = AnytimeClassifier.load(place);
        ChainDescription chain = ModelFolder.open(place).description();
        ImageShape shape = new ImageShape(classifier.height(), classifier.width(), classifier.channels());
        List<StudentSpec> specs = RunSpecYaml.complete(place.resolve("config.yaml"))
                .withPrecision(Precision.F32)
                .models();
        assertThat(classifier.students()).isEqualTo(specs.size());
        byte[][] pixels = new byte[IMAGES][shape.elements()];
        CounterRandom random = new CounterRandom(3, Purpose.TEST_INPUT);
        float[] images = new float[IMAGES * shape.elements()];
        for (int i = 0; i < images.length; i++) {
            int value = random.below(0, i, 0, 256);
            pixels[i / shape.elements()][i % shape.elements()] = (byte) value;
            images[i] = value;
        }
        Normalisation.of(chain.mean(), chain.standardDeviation()).apply(images, 0, images.length, shape.channels());
        float[] logits = new float[classifier.classNames().size()];
        Steps[] steps = new Steps[IMAGES];
        for (int image = 0; image < IMAGES; image++) {
            steps[image] = classifier.start(pixels[image]);
        }
        try (Backend backend = new CpuBackend(1)) {
            for (int k = 0; k < specs.size(); k++) {
                float[] expected = logits(specs.get(k), place, k, shape, logits.length, images, backend);
                for (int image = 0; image < IMAGES; image++) {
                    steps[image].step();
                    steps[image].ownLogits(logits);
                    for (int c = 0; c < logits.length; c++) {
                        float value = expected[image * logits.length + c];
                        assertThat(logits[c])
                                .as("%s, image %d, class %d", specs.get(k).name(), image, c)
                                .isCloseTo(value, within(1e-5f * Math.max(1, Math.abs(value))));
                    }
                }
            }
        }
    }

    private static float[] logits(
            StudentSpec spec, Path place, int k, ImageShape shape, int classes, float[] images, Backend backend) {
        try (MambaStudent student = new MambaStudent(backend, spec, shape, classes, IMAGES)) {
            Path file = RunFolder.open(place).student(k + 1, spec.name());
            Checkpoint.load(file, student.parameters(), backend);
            backend.upload(images, student.images());
            student.forward(Mode.INFERENCE);
            return backend.download(student.logits());
        }
    }
}
