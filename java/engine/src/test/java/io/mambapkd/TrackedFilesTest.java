package io.mambapkd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of the project stay small enough to travel to a machine with a GPU beside an archive, results included. */
class TrackedFilesTest {
    private static final Path ROOT = Checkout.path("");
    private static final long LIMIT = 40L << 20;
    private static final int NAMED = 10;
    /** Folders that git ignores, and its own; where there is no git, everything else counts as tracked. */
    private static final Set<String> IGNORED = Set.of(".git", "target", "runs", "build", ".idea", ".vscode");

    @Test
    void allTrackedFilesTogetherHaveAtMost40Mebibytes() throws IOException, InterruptedException {
        Map<String, Long> sizes = sizes(ROOT);
        assertThat(sizes).containsKeys("README.md", "cuda/reduce.cu", "java/engine/pom.xml");
        assertThat(total(sizes)).as(description(sizes)).isLessThanOrEqualTo(LIMIT);
    }

    /** Data in a folder are named in kept results by what they are, and by their hash in summary.json, not by where they lay. */
    @Test
    void keptResultsNameNoFolderOfData() throws IOException {
        try (Stream<Path> files = Files.walk(Checkout.path("bench/results"))) {
            List<Path> kept = files.filter(
                            file -> file.toString().matches(".*(config\\.yaml|summary\\.json|report\\.html)"))
                    .toList();
            assertThat(kept).hasSizeGreaterThanOrEqualTo(3);
            for (Path file : kept) {
                assertThat(Files.readString(file))
                        .as("%s", file)
                        .doesNotContainPattern("(idx|folder|cifar100?|fashion-mnist):/");
            }
        }
    }

    @Test
    void withoutGitEverythingCountsButWhatBuildsAndRunsLeave(@TempDir Path folder)
            throws IOException, InterruptedException {
        for (String name : List.of(
                "a.txt", "java/b.txt", "java/engine/target/c.txt", "runs/d.txt", "kernels-build/x/build/e.txt")) {
            Files.createDirectories(folder.resolve(name).getParent());
            Files.writeString(folder.resolve(name), "12345");
        }
        assertThat(sizes(folder)).containsOnly(Map.entry("a.txt", 5L), Map.entry("java/b.txt", 5L));
    }

    @Test
    void theTenLargestAreNamedLargestFirst() {
        Map<String, Long> sizes = new HashMap<>();
        for (long i = 1; i <= 12; i++) {
            sizes.put("file" + i, i << 20);
        }
        assertThat(description(sizes)).startsWith("""
                        78.0 MiB are tracked, 40.0 MiB fit beside an archive for a GPU machine; the largest files:
                        12.0 MiB file12
                        11.0 MiB file11
                        """).endsWith("3.0 MiB file3");
    }

    private static String description(Map<String, Long> sizes) {
        return String.format(
                        Locale.ROOT,
                        "%s are tracked, %s fit beside an archive for a GPU machine; the largest files:\n",
                        mebibytes(total(sizes)),
                        mebibytes(LIMIT))
                + sizes.entrySet().stream()
                        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                        .limit(NAMED)
                        .map(file -> mebibytes(file.getValue()) + " " + file.getKey())
                        .collect(Collectors.joining("\n"));
    }

    private static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1 << 20));
    }

    private static long total(Map<String, Long> sizes) {
        return sizes.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Bytes of each tracked file by its path below the root: of those that git lists, or where it lists none, of all that it would not ignore. */
    private static Map<String, Long> sizes(Path root) throws IOException, InterruptedException {
        Map<String, Long> sizes = new HashMap<>();
        for (String name : listedByGit(root)) {
            Path file = root.resolve(name);
            if (Files.isRegularFile(file)) {
                sizes.put(name, Files.size(file));
            }
        }
        if (sizes.isEmpty()) {
            walk(root, sizes);
        }
        return sizes;
    }

    private static List<String> listedByGit(Path root) throws IOException, InterruptedException {
        if (!Files.exists(root.resolve(".git"))) {
            return List.of();
        }
        Process git;
        try {
            git = new ProcessBuilder("git", "ls-files", "-z")
                    .directory(root.toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException noGit) {
            return List.of();
        }
        String names = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return git.waitFor() == 0
                ? Arrays.stream(names.split("\0"))
                        .filter(name -> !name.isEmpty())
                        .toList()
                : List.of();
    }

    private static void walk(Path root, Map<String, Long> sizes) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                return !folder.equals(root)
                                && IGNORED.contains(folder.getFileName().toString())
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                sizes.put(root.relativize(file).toString(), attributes.size());
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
