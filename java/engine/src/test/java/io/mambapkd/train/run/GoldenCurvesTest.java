package io.mambapkd.train.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.train.settings.Presets;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Short runs of all presets come to the committed losses, accuracies and checkpoints, to the bit. */
@Tag("run")
class GoldenCurvesTest {
    @TempDir
    private Path folder;

    static List<String> presets() {
        return Presets.names();
    }

    /** The committed file. */
    static String committed(String preset) throws IOException {
        String name = "/golden-curves/" + GoldenCurves.file(preset);
        try (InputStream file = GoldenCurvesTest.class.getResourceAsStream(name)) {
            assertThat(file).as("%s; make golden-curves writes it", name).isNotNull();
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @ParameterizedTest
    @MethodSource("presets")
    void aShortRunComesToTheCommittedBits(String preset) throws IOException {
        List<String> committed = committed(preset).lines().toList();
        String text = GoldenCurves.text(preset, folder, 1);
        assertThat(text.lines())
                .as("the bits of a run of %s moved; if the change is meant to move them, make golden-curves", preset)
                .containsExactlyElementsOf(committed);
    }
}
