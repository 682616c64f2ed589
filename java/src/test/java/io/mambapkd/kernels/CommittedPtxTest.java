package io.mambapkd.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The PTX is committed, so that a machine without nvcc has kernels; this keeps it that of the sources beside it. */
final class CommittedPtxTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Path PTX = ROOT.resolve("kernels-build/ptx");
    private static final Path VARIANTS = ROOT.resolve("bench/kernels");

    @Test
    void committedPtxWasMadeFromTheSourcesAsTheyAre() throws IOException {
        assertThat(hashesIn(PTX.resolve("BUILD.txt")))
                .as(
                        "kernels-build/ptx/BUILD.txt against cuda/, bench/kernels/ and kernels-build/ptx; run make kernels where nvcc is, and commit what it writes")
                .containsExactlyInAnyOrderElementsOf(hashesOfFiles());
    }

    @Test
    void everyTargetHasEveryFamily() throws IOException {
        List<String> expected = Stream.concat(
                        names(ROOT.resolve("cuda"), ".cu").stream(), names(VARIANTS, ".cu").stream())
                .sorted()
                .map(name -> name.replaceFirst("cu$", "ptx"))
                .toList();
        for (String target : List.of("compute_75", "compute_80", "compute_90")) {
            assertThat(names(PTX.resolve(target), ".ptx")).as(target).isEqualTo(expected);
        }
    }

    @Test
    void ptxHoldsNothingOfTheMachineThatWroteIt() throws IOException {
        try (Stream<Path> files = Files.walk(PTX)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".ptx")).toList()) {
                assertThat(Files.readString(file)).as(file.toString()).doesNotContain("//", ".file", ROOT.toString());
            }
        }
    }

    /** The lines of the form {@code sha256  path}. */
    private static List<String> hashesIn(Path build) throws IOException {
        return Files.readAllLines(build).stream()
                .filter(line -> line.matches("[0-9a-f]{64}  .*"))
                .toList();
    }

    private static List<String> hashesOfFiles() throws IOException {
        List<String> lines = new ArrayList<>();
        for (String name : names(ROOT.resolve("cuda"), ".cu", ".cuh")) {
            lines.add(hash(ROOT, "cuda/" + name));
        }
        for (String name : names(VARIANTS, ".cu")) {
            lines.add(hash(ROOT, "bench/kernels/" + name));
        }
        for (String target : List.of("compute_75", "compute_80", "compute_90")) {
            for (String name : names(PTX.resolve(target), ".ptx")) {
                lines.add(hash(PTX, target + "/" + name));
            }
        }
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

    /** Names of the files of a folder with one of the endings. */
    private static List<String> names(Path folder, String... endings) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of(); // git keeps no empty folder
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> Stream.of(endings).anyMatch(name::endsWith))
                    .sorted()
                    .toList();
        }
    }
}
