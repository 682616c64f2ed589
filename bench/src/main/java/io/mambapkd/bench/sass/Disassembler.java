package io.mambapkd.bench.sass;

import io.mambapkd.InputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * NVIDIA's assembler and disassembler.
 *
 * @param ptxas command
 * @param nvdisasm command
 */
public record Disassembler(String ptxas, String nvdisasm) {
    /** Where a missing program is to be had. */
    private static final String REMEDY =
            "both are in a CUDA toolkit, and in triton/backends/nvidia/bin of the Python wheel triton; put them on the PATH, or name them with the variables PTXAS and NVDISASM";

    /** The programs that {@code PTXAS} and {@code NVDISASM} name, else those on the PATH. */
    public static Disassembler of(Map<String, String> environment) {
        return new Disassembler(named(environment, "PTXAS", "ptxas"), named(environment, "NVDISASM", "nvdisasm"));
    }

    private static String named(Map<String, String> environment, String variable, String program) {
        String name = environment.getOrDefault(variable, "");
        return name.isEmpty() ? program : name;
    }

    /**
     * Loops of the kernels of a PTX file, assembled for {@link CountTable#TARGET}.
     *
     * @throws InputException if a program is missing or refuses the file
     */
    public List<LoopCount> count(Path ptx) {
        try {
            Path folder = Files.createTempDirectory("mamba-pkd-sass");
            Path code = folder.resolve("code.cubin");
            try {
                run(ptxas, "-arch=" + CountTable.TARGET, "-o", code.toString(), ptx.toString());
                return LoopCount.of(run(nvdisasm, "-c", "-hex", code.toString()));
            } finally {
                Files.deleteIfExists(code);
                Files.delete(folder);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** The table of a folder of kernels. */
    public CountTable count(PtxFolder folder) {
        Map<String, List<LoopCount>> counts = new TreeMap<>();
        folder.loaded().forEach((name, file) -> counts.put(name, count(file)));
        return new CountTable(
                folder.hashes(), counts.values().stream().flatMap(List::stream).toList());
    }

    private static String run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new InputException(String.join(" ", command) + " failed: " + output.strip());
            }
            return output;
        } catch (IOException failure) {
            throw new InputException(
                    "counting instructions needs " + command[0] + ", which cannot be started; " + REMEDY, failure);
        } catch (InterruptedException failure) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(failure);
        }
    }
}
