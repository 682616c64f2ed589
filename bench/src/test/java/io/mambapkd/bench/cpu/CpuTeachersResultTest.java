package io.mambapkd.bench.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.bench.result.Result;
import io.mambapkd.bench.result.ResultFile;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuTeachersResultTest {
    private static final CpuTeachersResult RESULT = new CpuTeachersResult(
            CpuTeachersResult.FORMAT_VERSION,
            CpuTeachersResult.KIND,
            SampleResult.RESULT.origin(),
            Result.UNFINISHED,
            "full",
            SampleResult.RESULT.machine(),
            "our backend",
            "a peer",
            2,
            List.of(row("f32", List.of(new Samples(List.of(50.0, 40.0, 60.0)))), row("bf16", List.of())));

    private static CpuTeachersResult.Row row(String precision, List<Samples> patches) {
        return new CpuTeachersResult.Row(
                "a teacher",
                "32x32x3",
                precision,
                1024,
                1_971_360,
                1e-6,
                1.5,
                "channels last",
                1.2,
                new Samples(List.of(150.0, 140.0, 160.0)),
                patches,
                new Samples(List.of(120.0, 110.0, 130.0)));
    }

    @TempDir
    Path folder;

    @Test
    void aResultReadBackIsTheSame() {
        Path file = folder.resolve("teachers.json");
        ResultFile.write(RESULT, file);
        assertThat(ResultFile.read(file, CpuTeachersResult.FILES)).isEqualTo(RESULT);
    }

    @Test
    void tableShowsBothEnginesTheirRatioAndThatToProductsOfPatches() {
        assertThat(CpuTeachersResult.FILES.markdown(RESULT))
                .contains("| a teacher | 32x32x3 | f32 | 1,024 | 1,971,360 | 150 (140 to 160) "
                        + "| 120 (110 to 130), channels last | **1.25x** | 50 (40 to 60) | 3.00x | 1.5 |")
                .contains("| bf16 | 1,024 | 1,971,360 | 150 (140 to 160) "
                        + "| 120 (110 to 130), channels last | **1.25x** | - | - | 1.5 |")
                .contains("Median of 3 blocks", Result.UNFINISHED);
    }
}
