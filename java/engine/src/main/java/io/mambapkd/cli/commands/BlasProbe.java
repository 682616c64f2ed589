package io.mambapkd.cli.commands;

import io.mambapkd.doctor.ProbeProcess;
import io.mambapkd.ops.cpu.CpuBackend;

/** The process in which {@link HostCheckup} loads OpenBLAS. */
final class BlasProbe {
    /** What it answers: the library that it found, and why that is not OpenBLAS. */
    static final String NAME = "blas";

    static final String PROBLEM = "problem";

    private BlasProbe() {}

    public static void main(String[] arguments) {
        CpuBackend.openBlasProblem().ifPresent(problem -> ProbeProcess.say(PROBLEM, problem));
        ProbeProcess.say(NAME, CpuBackend.preferredBlas().name());
    }
}
