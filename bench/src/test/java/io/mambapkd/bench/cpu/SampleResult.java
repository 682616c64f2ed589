package io.mambapkd.bench.cpu;

import io.mambapkd.bench.result.Machine;
import io.mambapkd.results.Origin;
import java.util.List;

public final class SampleResult {
    public static final CpuStepResult RESULT = new CpuStepResult(
            CpuStepResult.FORMAT_VERSION,
            CpuStepResult.KIND,
            new Origin(
                    "Some CPU",
                    "none",
                    "2026-01-02T03:04:05Z",
                    "0123456789ab",
                    "mamba-pkd bench cpu-step --out x.json",
                    false),
            "full",
            new Machine(2, "Some JDK 17", "Some System", 0.5),
            "our backend",
            "a peer",
            2,
            128,
            List.of(new CpuStepResult.Model(
                    "a student",
                    45_034,
                    1.5e-6,
                    new Samples(List.of(2900.0, 3000.0, 3100.0)),
                    new Samples(List.of(1500.0, 1000.0, 1600.0)))));

    private SampleResult() {}
}
