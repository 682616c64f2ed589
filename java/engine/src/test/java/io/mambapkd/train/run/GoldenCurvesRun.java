package io.mambapkd.train.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.storage.DurableFiles;
import io.mambapkd.train.settings.Presets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code make golden-curves}: writes {@code src/test/resources/golden-curves} anew. Not part of the ordinary tests (its name does not end in Test). */
final class GoldenCurvesRun {
    /** Another number than that of the tests: none changes a bit. */
    private static final int THREADS = 2;

    @TempDir
    private Path folder;

    @Test
    void writesTheFiles() throws IOException {
        assertThat(Presets.names()).isNotEmpty();
        Files.createDirectories(GoldenCurves.committed());
        for (String preset : Presets.names()) {
            Path work = Files.createDirectories(folder.resolve(preset));
            DurableFiles.write(
                    GoldenCurves.committed().resolve(GoldenCurves.file(preset)),
                    GoldenCurves.text(preset, work, THREADS));
        }
        System.out.println(Presets.names().size() + " curves in " + GoldenCurves.committed());
    }
}
