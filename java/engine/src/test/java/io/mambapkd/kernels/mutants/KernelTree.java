package io.mambapkd.kernels.mutants;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A copy of cuda/ with the emulator's libraries of its kernels, plain or checked or both for each family, in which a source can be exchanged. */
final class KernelTree {
    private static final Pattern INCLUDE = Pattern.compile("(?m)^#include \"([^\"]+)\"");

    private final List<String> builds;
    private final Path emulator;
    private final Path cuda;
    private final Path build;
    private final Path originals;
    private final Map<String, String> sources = new TreeMap<>();

    /**
     * Copies sources and libraries of the emulator, which must be built, into {@code folder}.
     *
     * @param builds {@code kernels}, {@code kernels_checked}, or both
     */
    KernelTree(Path repository, Path folder, List<String> builds) throws IOException {
        this.builds = List.copyOf(builds);
        emulator = repository.resolve("kernels-build/emulator");
        cuda = folder.resolve("cuda");
        build = folder.resolve("build");
        originals = folder.resolve("originals");
        copy(repository.resolve("cuda"), cuda, ".*\\.cuh?");
        copy(emulator.resolve("build"), build, "libcuda.so.1");
        for (String kind : builds) {
            copy(emulator.resolve("build").resolve(kind), build.resolve(kind), ".*\\.so");
            empty(originals.resolve(kind)); // of an earlier run, perhaps of other sources
        }
        try (Stream<Path> files = Files.list(cuda)) {
            for (Path file : files.toList()) {
                sources.put(file.getFileName().toString(), Files.readString(file));
            }
        }
    }

    private static void empty(Path folder) throws IOException {
        Files.createDirectories(folder);
        try (Stream<Path> stale = Files.list(folder)) {
            for (Path file : stale.filter(Files::isRegularFile).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Empties {@code to} and copies the files with such names. */
    private static void copy(Path from, Path to, String names) throws IOException {
        empty(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file :
                    files.filter(f -> f.getFileName().toString().matches(names)).toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    /** Builds the libraries of a family from the sources as they are, for {@link #isUnchanged} and {@link #restore}. */
    void buildOriginal(String family) throws IOException, InterruptedException {
        Files.deleteIfExists(build.resolve("generated").resolve(family + ".cpp"));
        String refused = build(family);
        if (!refused.isEmpty()) {
            throw new IllegalStateException("the kernels of " + family + " do not compile: " + refused);
        }
        copyLibraries(family, build, originals);
    }

    /** File names, with their text. */
    Map<String, String> sources() {
        return sources;
    }

    /** The folder for CUEMU_KERNELS_DIR. */
    Path libraries() {
        return build;
    }

    Set<String> families() {
        return familiesWith("");
    }

    /** The families whose kernels are made from a file: itself, or all that include the header. */
    Set<String> familiesWith(String name) {
        Set<String> families = new TreeSet<>();
        for (String source : sources.keySet()) {
            if (source.endsWith(".cu")
                    && (name.isEmpty() || withIncludes(source).containsKey(name))) {
                families.add(source.substring(0, source.length() - ".cu".length()));
            }
        }
        return families;
    }

    /** A source and what it includes, by file name. */
    Map<String, String> withIncludes(String source) {
        Map<String, String> all = new LinkedHashMap<>();
        List<String> open = new ArrayList<>(List.of(source));
        while (!open.isEmpty()) {
            String name = open.remove(0);
            String text = sources.get(name);
            if (text != null && all.put(name, text) == null) {
                INCLUDE.matcher(text)
                        .results()
                        .map((MatchResult match) -> match.group(1))
                        .forEach(open::add);
            }
        }
        return all;
    }

    /** Exchanges a source; {@link #restore} takes it back. */
    void exchange(String name, String text) throws IOException {
        Files.writeString(cuda.resolve(name), text);
    }

    /** Builds the libraries of a family; what the compiler says if it refuses, or else nothing. */
    String build(String family) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("make", "-s", "-C", emulator.toString()));
        command.addAll(List.of("CUDA=" + cuda, "BUILD=" + build, "LIBRARY_OBJECTS=")); // libcuda.so.1 is there already
        builds.forEach(kind -> command.add(build.resolve(library(kind, family)).toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return process.waitFor() == 0 ? "" : output.strip() + " (make failed)";
    }

    /** Whether the plain library of a family holds the same instructions as before any exchange. */
    boolean isUnchanged(String family) throws IOException, InterruptedException {
        return Files.mismatch(stripped(build, family), stripped(originals, family)) < 0;
    }

    private static Path stripped(Path folder, String family) throws IOException, InterruptedException {
        Path stripped = folder.resolve("stripped.so");
        List<String> command = List.of(
                "strip",
                "-s",
                "-o",
                stripped.toString(),
                folder.resolve(library("kernels", family)).toString());
        if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
            throw new IllegalStateException(String.join(" ", command) + " failed");
        }
        return stripped;
    }

    /** Undoes {@link #exchange} and what was built since. */
    void restore(String name) throws IOException {
        Files.writeString(cuda.resolve(name), sources.get(name));
        for (String family : familiesWith(name)) {
            if (Files.exists(originals.resolve(library("kernels", family)))) {
                copyLibraries(family, originals, build);
            }
        }
    }

    private static String library(String kind, String family) {
        return kind + "/" + family + ".so";
    }

    private void copyLibraries(String family, Path from, Path to) throws IOException {
        for (String kind : builds) {
            Path target = to.resolve(library(kind, family));
            Files.createDirectories(target.getParent());
            // A new file, newer than the restored source: make finds it up to date.
            Files.copy(from.resolve(library(kind, family)), target, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
