package io.mambapkd.cli.commands;

import io.mambapkd.Problem;
import io.mambapkd.doctor.Finding;
import io.mambapkd.doctor.ProbeProcess;
import io.mambapkd.doctor.ProbeProcess.Answer;
import io.mambapkd.doctor.TimeLimit;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Looks at what a run needs beside CUDA: Java, the CPU's matrix products, memory, room for files. */
final class HostCheckup {
    private static final double GIBIBYTE = 1L << 30;
    /** Below it a run of MNIST has no room for its images, or for its checkpoints. */
    private static final double LEAST_GIBIBYTES = 0.5;

    private HostCheckup() {}

    /**
     * A finding for each.
     *
     * @param runs where run folders go
     * @param temporary where temporary files go
     * @param time that is left
     */
    static List<Finding> findings(Path runs, Path temporary, TimeLimit time) {
        List<Finding> findings = new ArrayList<>();
        findings.add(java());
        findings.addAll(libraries(time));
        findings.add(memory());
        findings.add(room("run folders", runs, "--out"));
        findings.add(temporaryRoom(temporary));
        findings.add(execution(temporary, time));
        return List.copyOf(findings);
    }

    private static Finding java() {
        String version = System.getProperty("java.version");
        return Finding.ok("JDK", version + ", " + System.getProperty("java.vm.name"))
                .at(System.getProperty("java.home"), version);
    }

    /** What computes matrix products and convolutions on the CPU, a finding each. */
    private static List<Finding> libraries(TimeLimit time) {
        String products = "CPU BLAS";
        String name = "CPU convolutions";
        Finding untried = Finding.note(name, "not tried, as the process that loads both libraries told nothing");
        Answer answer = ProbeProcess.ask(
                ProbeProcess.java(
                        CpuLibrariesProbe.class, List.of("java.io.tmpdir", "org.bytedeco.javacpp.cachedir"), List.of()),
                time.share());
        if (answer.late()) {
            return List.of(
                    Finding.problem(
                            products, "a process that loaded OpenBLAS and oneDNN " + answer.end(), Answer.MORE_TIME),
                    untried);
        }
        String blas = answer.value(CpuLibrariesProbe.BLAS);
        if (blas.isEmpty()) {
            return List.of(
                    Finding.problem(
                            products,
                            "a process that loaded OpenBLAS " + answer.failure(),
                            "take openblas-*-linux-x86_64.jar out of the folder lib, and products are computed in Java"),
                    untried);
        }
        Finding first = finding(products, blas, answer.problem(CpuLibrariesProbe.BLAS_PROBLEM));
        String convolutions = answer.value(CpuLibrariesProbe.CONVOLUTIONS);
        if (!answer.end().isEmpty() || convolutions.isEmpty()) {
            return List.of(
                    first,
                    Finding.problem(
                            name,
                            "a process that loaded oneDNN " + answer.failure(),
                            "take dnnl-*-linux-x86_64.jar out of the folder lib, and convolutions are computed as"
                                    + " matrix products"));
        }
        return List.of(first, finding(name, convolutions, answer.problem(CpuLibrariesProbe.CONVOLUTIONS_PROBLEM)));
    }

    private static Finding finding(String name, String library, Problem problem) {
        return problem.text().isEmpty() ? Finding.ok(name, library) : Finding.note(name, problem.sentence());
    }

    private static Finding memory() {
        String java = gibibytes(Runtime.getRuntime().maxMemory()) + " for Java";
        try {
            double total = meminfo("MemTotal");
            double available = meminfo("MemAvailable");
            String text = String.format(Locale.ROOT, "%.1f of %.1f GiB free, ", available / GIBIBYTE, total / GIBIBYTE)
                    + java;
            return available / GIBIBYTE < LEAST_GIBIBYTES
                    ? Finding.problem("memory", text, "end other programs")
                    : Finding.ok("memory", text);
        } catch (IOException | NumberFormatException unknown) {
            return Finding.note("memory", java + ", the system does not say how much it has");
        }
    }

    private static double meminfo(String key) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
            if (line.startsWith(key + ":")) {
                return 1024.0 * Long.parseLong(line.replaceAll("[^0-9]", ""));
            }
        }
        throw new IOException("no " + key);
    }

    private static Finding temporaryRoom(Path folder) {
        return room("temporary files", folder, "-Djava.io.tmpdir=FOLDER in MAMBA_PKD_OPTS");
    }

    /** @param remedy what names another folder */
    private static Finding room(String name, Path folder, String remedy) {
        Path existing = folder.toAbsolutePath().normalize();
        while (existing.getParent() != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        String another = "name another folder with " + remedy;
        if (!Files.isDirectory(existing) || !Files.isWritable(existing)) {
            return Finding.problem(name, "cannot write in " + existing, another).at(folder.toString(), "");
        }
        // Not by its FileStore, which must be in /proc/mounts: there, a container or chroot may lack its root.
        long bytes = existing.toFile().getUsableSpace();
        String text = gibibytes(bytes) + " free in " + existing;
        Finding finding = bytes / GIBIBYTE < LEAST_GIBIBYTES
                ? Finding.problem(name, text, "make room, or " + another)
                : Finding.ok(name, text);
        return finding.at(folder.toString(), "");
    }

    /** JCuda's libraries are loaded from there. */
    private static Finding execution(Path folder, TimeLimit time) {
        String name = "programs there";
        String remedy = "name another folder with -Djava.io.tmpdir=FOLDER in MAMBA_PKD_OPTS";
        try {
            Path script = Files.createTempFile(
                    folder,
                    "mamba-pkd-",
                    ".sh",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            try {
                Files.write(script, "#!/bin/sh\nexit 0\n".getBytes(StandardCharsets.UTF_8));
                Answer answer = ProbeProcess.ask(List.of(script.toString()), time.share());
                Finding finding = answer.end().isEmpty()
                        ? Finding.ok(name, folder + " lets programs and libraries run")
                        : Finding.problem(
                                name,
                                folder + " does not let programs and libraries run from it (is it mounted noexec?)",
                                remedy);
                return finding.at(folder.toString(), "");
            } finally {
                Files.delete(script);
            }
        } catch (IOException | UnsupportedOperationException failure) {
            return Finding.problem(name, "cannot write a program in " + folder + " to try", remedy)
                    .at(folder.toString(), "");
        }
    }

    private static String gibibytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f GiB", bytes / GIBIBYTE);
    }
}
