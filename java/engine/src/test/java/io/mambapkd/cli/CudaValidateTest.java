package io.mambapkd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A GPU or a library that fails during {@code validate}: the table and the files have what was compared, and the reason. */
@Timeout(180)
@Tag("process")
final class CudaValidateTest {
    @TempDir
    private Path folder;

    private CudaProcess validate(Map<String, String> environment, String... more) {
        List<String> all = new ArrayList<>(List.of("validate", "--commit", "0123abcd", "--out", folder.toString()));
        all.addAll(List.of(more));
        CudaProcess run = CudaProcess.run(environment, all.toArray(String[]::new));
        assertThat(run.exitCode()).as(run.output()).isEqualTo(1);
        assertThat(run.output()).doesNotContain("\tat ").contains("written: ");
        return run;
    }

    private JsonNode record() throws IOException {
        return new JsonMapper().readTree(Files.readAllBytes(folder.resolve("validation.json")));
    }

    @Test
    void callThatALibraryRefusesFailsItsCaseAlone() throws IOException {
        CudaProcess run =
                validate(Map.of("CUEMU_LIBRARY_FAIL", "cublasSgemm_v2:2:14"), "--ops", "gemm,decay", "--cases", "3");

        assertThat(run.output())
                .containsPattern(
                        "FAILED gemm in f32, case 2 \\(ROWS=[^)]*\\): c was not computed: cublasSgemm\\(m=[^)]*\\):"
                                + " CUBLAS_STATUS_INTERNAL_ERROR, ")
                .containsPattern("decay +f32 .* passed")
                .doesNotContain("not compared to the end");
        assertThat(record().path("rows")
                        .valueStream()
                        .filter(row -> !row.path("passed").asBoolean()))
                .singleElement()
                .satisfies(row -> {
                    assertThat(row.path("operation").asString()).isEqualTo("gemm");
                    assertThat(row.path("number").asInt()).isEqualTo(2);
                    assertThat(row.path("message").asString()).startsWith("cublasSgemm(m=");
                });
        assertThat(Files.readString(folder.resolve("validation.html"))).contains("CUBLAS_STATUS_INTERNAL_ERROR");
    }

    @Test
    void deviceErrorEndsTheComparisonAndNamesWhatIsLeft() throws IOException {
        // A case of decay is two launches.
        CudaProcess run = validate(
                Map.of("CUEMU_FAIL", "cuLaunchKernel:45:700:sticky"), "--ops", "decay,gate,pool", "--cases", "20");

        assertThat(run.output())
                .contains("the device reported CUDA_ERROR_ILLEGAL_ADDRESS in or before ")
                .containsPattern("decay +f32 .* passed")
                .contains("comparisons passed; not compared to the end: gate, pool; the device was lost: ");
        JsonNode record = record();
        assertThat(record.path("notCompared").toString()).isEqualTo("[\"gate\",\"pool\"]");
        assertThat(record.path("stopped").asString()).contains("CUDA_ERROR_ILLEGAL_ADDRESS");
        assertThat(record.path("rows")
                        .valueStream()
                        .filter(row -> !row.path("passed").asBoolean()))
                .singleElement()
                .satisfies(row -> assertThat(row.path("operation").asString()).isEqualTo("gate"));
    }

    @Test
    void cudnnThatRefusesEverythingFailsTheConvolutionsAlone() throws IOException {
        CudaProcess run = validate(Map.of("CUEMU_CUDNN_REFUSE", "all"), "--ops", "conv2d,gemm", "--cases", "2");

        assertThat(run.output())
                .containsPattern("FAILED conv2d in f32, case 1 \\(B=[^)]*\\): y was not computed: ")
                .containsPattern("FAILED conv2d in bf16, case 2 \\(B=[^)]*\\): y was not computed: ")
                .containsPattern("gemm +f32 .* passed")
                .doesNotContain("not compared to the end");
        assertThat(record().path("rows")
                        .valueStream()
                        .filter(row -> !row.path("passed").asBoolean()))
                .hasSize(4)
                .allSatisfy(row -> assertThat(row.path("message").asString()).contains("algorithm 1", "status 3000"));
    }

    @Test
    void cudnnThatCannotStartFailsTheConvolutionsAlone() throws IOException {
        CudaProcess run = validate(Map.of("CUEMU_CUDNN_MISSING", "cnn"), "--ops", "conv2d,gemm", "--cases", "1");

        assertThat(run.output())
                .containsPattern(
                        "FAILED conv2d in f32, case 1 \\(B=[^)]*\\): y was not computed: cuDNN cannot run here: ")
                .containsPattern("FAILED conv2d in bf16, case 1 ")
                .containsPattern("gemm +f32 .* passed");
        assertThat(record().path("notCompared")).isEmpty();
    }

    @Test
    void theFileNamesDeviceDriverDateCommitAndCommand() throws IOException {
        validate(Map.of("CUEMU_LIBRARY_FAIL", "cublasSgemm_v2:1:14"), "--ops", "gemm", "--cases", "1");

        JsonNode origin = record().path("origin");
        assertThat(origin.path("device").asString()).isEqualTo("mamba-pkd emulated GPU (no hardware)");
        assertThat(origin.path("driver").asString()).isEqualTo("12.8");
        assertThat(origin.path("date").asString()).matches("20[0-9-]{8}T[0-9:]{8}Z");
        assertThat(origin.path("commit").asString()).isEqualTo("0123abcd");
        assertThat(origin.path("command").asString())
                .isEqualTo("mamba-pkd validate --commit 0123abcd --out " + folder + " --ops gemm --cases 1");
        assertThat(origin.path("emulated").asBoolean()).isTrue();
    }
}
