package io.mambapkd.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The scripts of {@code bench/gpu} in a folder of a test, with programs of its own in the place of mamba-pkd and Java. */
final class GpuScripts {
    private static final List<String> SCRIPTS =
            List.of("run", "steps.sh", "place.sh", "libraries.sh", "commands.sh", "check.sh", "measure.sh");

    private final Path folder;
    private final Map<String, String> environment = new HashMap<>();

    /** @param folder empty; gets a folder {@code libraries}, which the scripts are told of */
    GpuScripts(Path folder) throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/timeout")), "the scripts need timeout of coreutils");
        this.folder = folder;
        libraries("libraries", "libcublas.so.13", "libcudnn.so.9");
        environment.put("TMPDIR", Files.createDirectories(folder.resolve("tmp")).toString());
        environment.put("MAMBA_PKD_CUDA_LIBS", folder.resolve("libraries").toString());
    }

    /** The scripts, below a folder of the test's. */
    void scripts(String at) throws IOException {
        for (String name : SCRIPTS) {
            executable(at + "/" + name, Files.readString(Path.of("gpu", name)));
        }
    }

    /** A bundle as it is unpacked: a program, a Java that says what it was asked for, and a commit. */
    void bundle(String at, String program, String java) throws IOException {
        executable(at + "/bin/mamba-pkd", program);
        executable(at + "/jre/bin/java", java);
        Files.createDirectories(folder.resolve(at + "/lib"));
        Files.createDirectories(folder.resolve(at + "/tests/classes/golden"));
        Files.writeString(folder.resolve(at + "/tests/variants"), "io.mambapkd.ops.OneContractTest\n");
        Files.writeString(folder.resolve(at + "/commit"), "0123abcd\n");
    }

    /** Files of no content by the names of libraries. */
    void libraries(String at, String... names) throws IOException {
        Files.createDirectories(folder.resolve(at));
        for (String name : names) {
            Files.createFile(folder.resolve(at).resolve(name));
        }
    }

    void executable(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    void set(String variable, String value) {
        environment.put(variable, value);
    }

    void unset(String variable) {
        environment.remove(variable);
    }

    /** Runs a script of the folder, and returns what it printed. */
    String run(int code, String script, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(folder.resolve(script).toString()));
        command.addAll(List.of(arguments));
        return start(code, command);
    }

    /** What a file of a packed folder has. */
    String packed(Path archive, String name) throws IOException, InterruptedException {
        return start(0, List.of("tar", "-xzOf", archive.toString(), name));
    }

    /** The names of what a packed folder has. */
    String names(Path archive) throws IOException, InterruptedException {
        return start(0, List.of("tar", "-tf", archive.toString()));
    }

    private String start(int code, List<String> command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().remove("OUT");
        builder.environment().remove("MAMBA_PKD_OPTS");
        builder.environment().remove("MAMBA_PKD_CUDA_LIBS");
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isEqualTo(code);
        return output;
    }
}
