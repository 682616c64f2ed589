package io.mambapkd.bench.nvidia;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.Checkout;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Libraries with the names of NVIDIA's, compiled for a test. */
public final class FakeLibraries {
    private static final String COMPILER = "g++";
    /** Those that fake_cudnn.cpp defines. */
    private static final Set<String> DEFINED = Set.of(
            "cudnnGetVersion",
            "cudnnBackendCreateDescriptor",
            "cudnnBackendDestroyDescriptor",
            "cudnnBackendSetAttribute",
            "cudnnBackendGetAttribute",
            "cudnnBackendFinalize");

    private final Path scratch;

    /** @param scratch an empty folder for sources */
    public FakeLibraries(Path scratch) {
        this.scratch = scratch;
    }

    /** Skips the test where there is no compiler. */
    public static void require() {
        boolean found = List.of(System.getenv().getOrDefault("PATH", "").split(":", -1)).stream()
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, COMPILER)));
        assumeTrue(found, "libraries for nvidia-check are compiled by g++, which is missing");
    }

    /**
     * The symbols that JCuda's library for a product imports; the list was taken from it by nm.
     *
     * @param product folder of the emulator that has the list
     */
    public static List<String> imports(String product) {
        try {
            Path list = Checkout.path("kernels-build/emulator/" + product + "/imported_symbols.txt");
            return Files.readAllLines(list).stream()
                    .filter(line -> !line.startsWith("#"))
                    .toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /**
     * Compiles libcudnn.so.9.
     *
     * @param missing a symbol that it does not export, or empty
     * @param definitions macros of fake_cudnn.cpp
     */
    public void cudnn(Path folder, String missing, String... definitions) throws IOException, InterruptedException {
        Path source = scratch.resolve("fake_cudnn.cpp");
        try (InputStream in = Objects.requireNonNull(FakeLibraries.class.getResourceAsStream("fake_cudnn.cpp"))) {
            Files.write(source, in.readAllBytes());
        }
        List<String> stubs = new ArrayList<>(imports("libraries/cudnn"));
        stubs.removeAll(DEFINED);
        stubs.remove(missing);
        List<String> options = new ArrayList<>();
        for (String definition : definitions) {
            options.add("-D" + definition);
        }
        link(folder.resolve("libcudnn.so.9"), stubs, List.of(source.toString()), options);
    }

    /**
     * Compiles a library of stubs.
     *
     * @param symbols that it exports
     * @param others files of libraries that it is linked with
     */
    public void stubs(Path file, List<String> symbols, Path... others) throws IOException, InterruptedException {
        List<String> linked = new ArrayList<>();
        for (Path other : others) {
            linked.add(other.toString());
        }
        link(file, symbols, linked, List.of("-Wl,--no-as-needed"));
    }

    /** Compiles a library that calls a function of another. */
    public void calling(Path file, String function, Path other) throws IOException, InterruptedException {
        Path source = Files.writeString(
                scratch.resolve("calling.cpp"),
                "extern \"C\" int " + function + "();\nint (*fake_pointer)() = " + function + ";\n");
        link(file, List.of(), List.of(source.toString(), other.toString()), List.of());
    }

    private void link(Path file, List<String> stubs, List<String> inputs, List<String> options)
            throws IOException, InterruptedException {
        String name = String.valueOf(file.getFileName());
        StringBuilder source = new StringBuilder();
        for (String stub : stubs) {
            source.append("extern \"C\" int ").append(stub).append("() { return 3000; }\n");
        }
        Path stubFile = Files.writeString(scratch.resolve("stubs.cpp"), source);
        Path versions =
                Files.writeString(scratch.resolve("versions.map"), name + " { global: cu*; fake*; local: *; };\n");
        List<String> command = new ArrayList<>(List.of(COMPILER, "-std=c++17", "-O0", "-fPIC", "-shared", "-o"));
        command.addAll(List.of(file.toString(), "-Wl,-soname," + name, "-Wl,--version-script=" + versions));
        command.addAll(options);
        command.add(stubFile.toString());
        command.addAll(inputs);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }
}
