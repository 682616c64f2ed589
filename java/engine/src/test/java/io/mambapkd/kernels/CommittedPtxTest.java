package io.mambapkd.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.Checkout;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The PTX is committed, so that a machine without nvcc has kernels; this keeps it that of the sources beside it, and each text in the jar where it belongs. */
final class CommittedPtxTest {
    /** Folders of kernels. */
    enum Kernels {
        SHIPPED("cuda", "kernels-build/ptx"),
        VARIANTS("bench/kernels", "bench/kernels/ptx");

        private final String sources;
        private final String ptx;

        Kernels(String sources, String ptx) {
            this.sources = sources;
            this.ptx = ptx;
        }

        List<String> families() throws IOException {
            return names(ROOT.resolve(sources), ".cu").stream()
                    .map(name -> name.replaceFirst("\\.cu$", ""))
                    .toList();
        }

        Path source(String family) {
            return ROOT.resolve(sources).resolve(family + ".cu");
        }

        Path text(String target, String family) {
            return ROOT.resolve(ptx).resolve(target).resolve(family + ".ptx");
        }
    }

    private static final Path ROOT = Checkout.path("");
    /** Oldest first. */
    private static final List<String> TARGETS = List.of("compute_75", "compute_80", "compute_90");

    @ParameterizedTest
    @EnumSource
    void committedPtxAndBudgetsWereMadeFromTheSourcesAsTheyAre(Kernels kernels) throws IOException {
        assertThat(hashesIn(ROOT.resolve(kernels.ptx).resolve("BUILD.txt")))
                .as(
                        "%s/BUILD.txt against its sources, its PTX and its budgets; run make kernels where nvcc is, and commit what it writes",
                        kernels.ptx)
                .containsExactlyInAnyOrderElementsOf(hashesOfFiles(kernels));
    }

    @ParameterizedTest
    @EnumSource
    void noKernelSpills(Kernels kernels) throws IOException {
        List<String> lines = Files.readAllLines(ROOT.resolve(kernels.ptx).resolveSibling("budgets.tsv"));
        assertThat(lines.get(0)).isEqualTo("kernel\ttarget\tregisters\tspill bytes\tstatic shared bytes");
        assertThat(lines.subList(1, lines.size()))
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line.split("\t", -1)[3]).as(line).isEqualTo("0"));
    }

    @ParameterizedTest
    @EnumSource
    void theOldestTargetHasEveryFamilyThatItCanRunAndANewerOneThoseWhoseCodeDiffers(Kernels kernels)
            throws IOException {
        List<String> oldest = new ArrayList<>();
        for (String family : kernels.families()) {
            if (!Files.readString(kernels.source(family)).contains("\n// from compute_80 on\n")) {
                oldest.add(family + ".ptx");
            }
        }
        assertThat(names(ROOT.resolve(kernels.ptx).resolve(TARGETS.get(0)), ".ptx"))
                .isEqualTo(oldest);
        for (String family : kernels.families()) {
            String older = "";
            for (String target : TARGETS) {
                Path file = kernels.text(target, family);
                if (Files.exists(file)) {
                    String code = code(file);
                    assertThat(code.equals(older))
                            .as("%s holds what the next older target has; run make kernels", file)
                            .isFalse();
                    older = code;
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void ptxHoldsNothingOfTheMachineThatWroteIt(Kernels kernels) throws IOException {
        try (Stream<Path> files = Files.walk(ROOT.resolve(kernels.ptx))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".ptx")).toList()) {
                assertThat(Files.readString(file)).as(file.toString()).doesNotContain("//", ".file", ROOT.toString());
            }
        }
    }

    /** The class path of this module's tests is that of the product. */
    @Test
    void theProductHasTheCommittedPtxOfItsKernelsAndNoneOfAVariant() throws IOException {
        for (String target : TARGETS) {
            for (String family : Kernels.SHIPPED.families()) {
                Path committed = Kernels.SHIPPED.text(target, family);
                String expected = Files.exists(committed) ? Files.readString(committed) : null;
                assertThat(onClassPath(target, family))
                        .as(
                                "%s of %s on the class path; mvn clean -pl kernels-build removes one of an earlier build",
                                family, target)
                        .isEqualTo(expected);
            }
            for (String family : Kernels.VARIANTS.families()) {
                assertThat(onClassPath(target, family))
                        .as("%s of %s, a variant, on the class path", family, target)
                        .isNull();
            }
        }
    }

    private static @Nullable String onClassPath(String target, String family) throws IOException {
        try (InputStream stream =
                CommittedPtxTest.class.getResourceAsStream("/io/mambapkd/kernels/" + target + "/" + family + ".ptx")) {
            return stream == null ? null : new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** PTX without the lines that name its version and its target. */
    private static String code(Path file) throws IOException {
        return Files.readString(file).replaceAll("(?m)^\\.(version|target) .*\n", "");
    }

    /** The lines of the form {@code sha256  path}. */
    private static List<String> hashesIn(Path build) throws IOException {
        return Files.readAllLines(build).stream()
                .filter(line -> line.matches("[0-9a-f]{64}  .*"))
                .toList();
    }

    private static List<String> hashesOfFiles(Kernels kernels) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String name : names(ROOT.resolve(kernels.sources), ".cu")) {
            lines.add(hash(ROOT, kernels.sources + "/" + name));
        }
        for (String name : names(ROOT.resolve("cuda"), ".cuh")) {
            lines.add(hash(ROOT, "cuda/" + name));
        }
        Path ptx = ROOT.resolve(kernels.ptx);
        for (String target : TARGETS) {
            for (String name : names(ptx.resolve(target), ".ptx")) {
                lines.add(hash(ptx, target + "/" + name));
            }
        }
        lines.add(hash(ptx, "../budgets.tsv"));
        return lines;
    }

    private static String hash(Path folder, String name) throws IOException {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(folder.resolve(name)));
            return HexFormat.of().formatHex(hash) + "  " + name;
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    /** Names of the files of a folder with this ending. */
    private static List<String> names(Path folder, String ending) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of(); // git keeps no empty folder
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(ending))
                    .sorted()
                    .toList();
        }
    }
}
