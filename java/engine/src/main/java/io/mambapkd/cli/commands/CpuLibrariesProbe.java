package io.mambapkd.cli.commands;

import io.mambapkd.doctor.ProbeProcess;
import io.mambapkd.ops.cpu.CpuBackend;

/** The process in which {@link HostCheckup} loads OpenBLAS and oneDNN. */
final class CpuLibrariesProbe {
    /** What it answers: the library of matrix products, and why that is not OpenBLAS. */
    static final String BLAS = "blas";

    static final String BLAS_PROBLEM = "blas problem";
    /** What computes convolutions, and why that is not oneDNN. */
    static final String CONVOLUTIONS = "convolutions";

    static final String CONVOLUTIONS_PROBLEM = "convolutions problem";

    private CpuLibrariesProbe() {}

    public static void main(String[] arguments) {
        CpuBackend.openBlasProblem().ifPresent(problem -> ProbeProcess.say(BLAS_PROBLEM, problem));
        ProbeProcess.say(BLAS, CpuBackend.preferredBlas().name());
        CpuBackend.oneDnnProblem().ifPresent(problem -> ProbeProcess.say(CONVOLUTIONS_PROBLEM, problem));
        ProbeProcess.say(CONVOLUTIONS, CpuBackend.preferredConvolutions().description());
    }
}
