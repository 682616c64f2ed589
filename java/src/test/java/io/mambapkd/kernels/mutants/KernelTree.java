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

/** A copy of cuda/ with the emulator's libraries of its kernels, one plain and one checked for each family, in which a source can be exchanged. */
final class KernelTree {
    private static final Pattern INCLUDE = Pattern.compile("(?m)^#include \"([^\"]+)\"");
    private static final List<String> BUILDS = List.of("kernels", "kernels_checked");

    private final Path emulator;
    private final Path cuda;
    private final Path build;
    private final Path originals;
    private final Map<String, String> sources = new TreeMap<>();

    /** Copies the sources into {@code folder} and builds all kernels there. */
    KernelTree(Path repository, Path folder) throws IOException, InterruptedException {
        emulator = repository.resolve("kernels-build/emulator");
        cuda = Files.createDirectories(folder.resolve("cuda"));
        build = folder.resolve("build");
        originals = folder.resolve("originals");
        try (Stream<Path> stale = Files.list(cuda)) {
            for (Path file : stale.toList()) {
                Files.delete(file);
            }
        }
        try (Stream<Path> files = Files.list(repository.resolve("cuda"))) {
            for (Path file :
                    files.filter(f -> f.toString().matches(".*\\.cuh?")).toList()) {
                String name = file.getFileName().toString();
                sources.put(name, Files.readString(file));
                Files.copy(file, cuda.resolve(name), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        String output = make(families());
        if (!output.isEmpty()) {
            throw new IllegalStateException("the kernels do not compile: " + output);
        }
        for (String family : families()) {
            copyLibraries(family, build, originals);
        }
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
        return make(Set.of(family));
    }

    /** Whether the libraries of a family hold the same instructions as before any exchange. */
    boolean isUnchanged(String family) throws IOException, InterruptedException {
        for (String kind : BUILDS) {
            Path stripped = build.resolve("stripped.so");
            Path originalStripped = build.resolve("original.so");
            run(List.of(
                    "strip",
                    "-s",
                    "-o",
                    stripped.toString(),
                    build.resolve(library(kind, family)).toString()));
            run(List.of(
                    "strip",
                    "-s",
                    "-o",
                    originalStripped.toString(),
                    originals.resolve(library(kind, family)).toString()));
            boolean same = Files.mismatch(stripped, originalStripped) < 0;
            Files.delete(stripped);
            Files.delete(originalStripped);
            if (!same) {
                return false;
            }
        }
        return true;
    }

    /** Undoes {@link #exchange} and what was built since. */
    void restore(String name) throws IOException {
        Files.writeString(cuda.resolve(name), sources.get(name));
        for (String family : familiesWith(name)) {
            copyLibraries(family, originals, build);
        }
    }

    private String make(Set<String> families) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of("make", "-s", "-C", emulator.toString(), "CUDA=" + cuda, "BUILD=" + build));
        for (String family : families) {
            BUILDS.forEach(
                    kind -> command.add(build.resolve(library(kind, family)).toString()));
        }
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return process.waitFor() == 0 ? "" : output.strip() + " (make failed)";
    }

    private static void run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        if (process.waitFor() != 0) {
            throw new IllegalStateException(String.join(" ", command) + " failed");
        }
    }

    private static String library(String kind, String family) {
        return kind + "/" + family + ".so";
    }

    private static void copyLibraries(String family, Path from, Path to) throws IOException {
        for (String kind : BUILDS) {
            Path target = to.resolve(library(kind, family));
            Files.createDirectories(target.getParent());
            // A new file, newer than the restored source: make finds it up to date.
            Files.copy(from.resolve(library(kind, family)), target, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
