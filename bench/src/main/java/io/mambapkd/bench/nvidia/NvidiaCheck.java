package io.mambapkd.bench.nvidia;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.doctor.Finding;
import io.mambapkd.doctor.ProbeProcess;
import io.mambapkd.ops.ConvolutionCall;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.commons.io.FileUtils;
import org.jspecify.annotations.Nullable;

/**
 * What NVIDIA's libraries say without a device: all checks together.
 *
 * @param cublasVersion as cuBLAS told it, or empty
 * @param cudnnVersion as cuDNN told it, or empty
 * @param findings in the order of the checks
 * @param engines the engines for each convolution; empty where cuDNN was not asked
 */
public record NvidiaCheck(
        String cublasVersion, String cudnnVersion, List<Finding> findings, List<EngineCheck.Row> engines) {
    private static final Duration LONGEST_LIST = Duration.ofSeconds(10);

    /**
     * Runs it. Wheels are unpacked to a temporary folder, which is gone afterwards.
     *
     * @param setting that named the folders, for messages
     * @param path folders of libraries or wheels, separated as in a path
     * @param convolutions of the presets, with the models that compute each; asked for only if cuDNN can answer
     * @throws InputException if there is nothing to check, or no room to unpack it
     */
    public static NvidiaCheck run(
            String setting, String path, Supplier<Map<ConvolutionCall, Set<String>>> convolutions) {
        try {
            Path scratch =
                    Files.createTempDirectory(Path.of(System.getProperty("java.io.tmpdir")), "mamba-pkd-nvidia-");
            // A user who interrupts it is not to find 1.4 GiB there.
            Thread cleaning = new Thread(() -> delete(scratch));
            Runtime.getRuntime().addShutdownHook(cleaning);
            try {
                return run(setting, path, convolutions, scratch);
            } finally {
                delete(scratch);
                forget(cleaning);
            }
        } catch (IOException failure) {
            throw new InputException(
                    "the libraries cannot be looked at: " + FileFailure.reason(failure) + "; see whether "
                            + System.getProperty("java.io.tmpdir") + " can be written to",
                    failure);
        }
    }

    private static NvidiaCheck run(
            String setting, String path, Supplier<Map<ConvolutionCall, Set<String>>> convolutions, Path scratch)
            throws IOException {
        List<Path> wheels = new ArrayList<>();
        List<Path> roots = new ArrayList<>();
        for (String folder : path.split(File.pathSeparator, -1)) {
            List<Path> inside = folder.isBlank() ? List.of() : Wheels.in(Path.of(folder));
            wheels.addAll(inside);
            if (inside.isEmpty() && !folder.isBlank()) {
                roots.add(Path.of(folder));
            }
        }
        if (!wheels.isEmpty()) {
            Path unpacked = Files.createDirectory(scratch.resolve("wheels"));
            Wheels.unpack(wheels, unpacked);
            roots.add(unpacked);
        }
        NvidiaLibraries libraries = new NvidiaLibraries(
                setting, roots.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator)));
        LibraryCheck check = new LibraryCheck(libraries, roots, scratch, systemsDriver());
        List<Finding> findings = new ArrayList<>(check.run());
        List<EngineCheck.Row> rows = List.of();
        if (!check.cudnnVersion().isEmpty()) {
            if (!check.cudnnWorks()) {
                findings.add(Finding.note("engines of cuDNN", "not asked, as cuDNN is not whole"));
            } else if (!NvidiaLibraries.takesDeviceDescriptions(check.cudnnVersion())) {
                findings.add(Finding.note(
                        "engines of cuDNN",
                        "symbols only, as cuDNN " + check.cudnnVersion()
                                + " takes no description of a device, which 9.8 and later do"));
            } else {
                EngineCheck.Result result = EngineCheck.run(libraries, convolutions.get());
                findings.addAll(result.findings());
                rows = result.rows();
            }
        }
        return new NvidiaCheck(
                check.cublasVersion(),
                check.cudnnVersion(),
                findings.stream().map(finding -> without(finding, roots)).toList(),
                rows);
    }

    public boolean hasProblems() {
        return findings.stream().anyMatch(Finding::isProblem);
    }

    /** Of the system, or null. */
    private static @Nullable Path systemsDriver() {
        return ProbeProcess.ask(List.of("/sbin/ldconfig", "-p"), LONGEST_LIST).lines().stream()
                .filter(line -> line.strip().startsWith(NvidiaLibraries.DRIVER + " ") && line.contains("x86-64"))
                .map(line -> Path.of(line.substring(line.indexOf("=> ") + 3).strip()))
                .filter(Files::isRegularFile)
                .findFirst()
                .orElse(null);
    }

    /** Without the folders that the words of the system's loader name. */
    private static Finding without(Finding finding, List<Path> roots) {
        String text = finding.text();
        for (Path root : roots) {
            text = text.replaceAll(Pattern.quote(root.toAbsolutePath().toString()) + "\\S*/", "");
        }
        return new Finding(finding.name(), finding.verdict(), text, finding.remedy(), "", "");
    }

    /** Deletes a folder with what is in it, as far as that is possible. */
    private static void delete(Path folder) {
        FileUtils.deleteQuietly(folder.toFile());
    }

    private static void forget(Thread cleaning) {
        try {
            Runtime.getRuntime().removeShutdownHook(cleaning);
        } catch (IllegalStateException isRunning) {
            // The program is being stopped, and the thread deletes what is left.
        }
    }
}
