package io.mambapkd.cli.commands;

import io.mambapkd.doctor.ProbeProcess;
import io.mambapkd.ops.cpu.CpuBackend;

/** The process in which {@link HostCheckup} loads OpenBLAS. */
final class BlasProbe {
    private BlasProbe() {}

    public static void main(String[] arguments) {
        ProbeProcess.say("blas", CpuBackend.preferredBlas().name());
    }
}
