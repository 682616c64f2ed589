package io.mambapkd.bench.variants;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.Checkout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bench/kernels/new-variant.sh}, in a copy of the files that it changes. */
@Tag("process")
class NewVariantScriptTest {
    private static final String KERNELS = "bench/kernels";
    private static final String MAIN = "bench/src/main/java/io/mambapkd/bench";
    private static final String TESTS = "bench/src/test/java/io/mambapkd/bench/variants";

    @TempDir
    private Path copy = Path.of("");

    @BeforeEach
    void copyFiles() throws IOException {
        for (String folder : List.of(KERNELS, MAIN + "/variants", MAIN + "/kernels", TESTS)) {
            Files.createDirectories(copy.resolve(folder));
            try (Stream<Path> files = Files.list(Checkout.path(folder))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    Files.copy(
                            file,
                            copy.resolve(folder).resolve(file.getFileName().toString()));
                }
            }
        }
    }

    private String run(int status, String... arguments) throws IOException, InterruptedException {
        List<String> command = Stream.concat(
                        Stream.of(
                                "sh", copy.resolve(KERNELS + "/new-variant.sh").toString()),
                        Stream.of(arguments))
                .toList();
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isEqualTo(status);
        return output;
    }

    private String text(String file) throws IOException {
        return Files.readString(copy.resolve(file));
    }

    @Test
    void aCopyHasItsOwnNameInEachFileThatAVariantNeeds() throws IOException, InterruptedException {
        assertThat(run(0, "warp", "quad")).contains("quad is a copy of warp");

        assertThat(text(KERNELS + "/selective_scan_quad.cu"))
                .contains("selective_scan_quad_fwd")
                .doesNotContain("selective_scan_warp");
        assertThat(text(MAIN + "/variants/QuadScan.java"))
                .contains("final class QuadScan ", "\"selective_scan_quad\"")
                .doesNotContain("WarpScan");
        assertThat(text(MAIN + "/variants/ScanVariants.java"))
                .containsOnlyOnce("ScanOps quad(")
                .containsOnlyOnce("ScanOps warp(");
        assertThat(text(MAIN + "/kernels/ScanKernels.java"))
                .containsOnlyOnce("\"quad\"")
                .containsOnlyOnce("ScanVariants::quad")
                .containsOnlyOnce("ScanVariants::warp");
        for (String test : List.of("ScanOpsContractTest", "ScanSizesContractTest", "ScanBfloat16ContractTest")) {
            assertThat(text(TESTS + "/Quad" + test + ".java")).contains("class Quad" + test, "VariantBackends#quad");
        }
        assertThat(text(TESTS + "/VariantBackends.java")).containsOnlyOnce("with(\"quad\", ScanVariants::quad)");
        assertThat(text(TESTS + "/VariantTrafficTest.java"))
                .containsOnlyOnce("void theVariantQuad()")
                .containsOnlyOnce("ScanVariants.quad(device)");
        assertThat(text(KERNELS + "/loops.tsv"))
                .containsOnlyOnce("selective_scan_quad_fwd_i1_f32\tstate\t")
                .containsOnlyOnce("selective_scan_warp_fwd_i1_f32\tstate\t");
    }

    @Test
    void aNameThatIsTakenOrNoneAndAVariantThatIsNoScanAreRefused() throws IOException, InterruptedException {
        assertThat(run(1, "warp", "warp")).contains("there is a variant warp already");
        assertThat(run(1, "warp", "Quad")).contains("small letters");
        Files.createFile(copy.resolve(KERNELS + "/selective_scan_joined.cu"));
        assertThat(run(1, "joined", "quad")).contains("takes other inputs");
        assertThat(run(1, "lane", "quad")).contains("selective_scan_lane.cu");
        assertThat(run(1, "warp")).contains("expected");
    }

    @Test
    void namesOfOtherKernelsAndWordsOfJavaAreRefused() throws IOException, InterruptedException {
        Files.createDirectories(copy.resolve("cuda"));
        Files.createFile(copy.resolve("cuda/selective_scan_pair.cu"));
        assertThat(run(1, "warp", "pair")).contains("cuda/selective_scan_pair.cu ships");
        assertThat(run(1, "warp", "general")).contains("bench kernels calls something else 'general'");
        assertThat(run(1, "warp", "shipped")).contains("bench kernels calls something else 'shipped'");
        assertThat(run(1, "warp", "class")).contains("'class' is a word of Java");
    }

    @Test
    void whereItCannotChangeOneFileItChangesNone() throws IOException, InterruptedException {
        Path traffic = copy.resolve(TESTS + "/VariantTrafficTest.java");
        Files.writeString(traffic, Files.readString(traffic).replace("ScanVariants.warp(", "Another.warp("));
        Map<Path, String> before = files();

        assertThat(run(1, "warp", "quad")).contains("new-variant: no ScanVariants.warp( in " + TESTS);

        assertThat(files()).isEqualTo(before);
    }

    private Map<Path, String> files() throws IOException {
        Map<Path, String> texts = new TreeMap<>();
        try (Stream<Path> all = Files.walk(copy)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                texts.put(file, Files.readString(file, StandardCharsets.ISO_8859_1));
            }
        }
        return texts;
    }
}
