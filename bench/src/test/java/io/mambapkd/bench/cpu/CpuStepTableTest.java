package io.mambapkd.bench.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.bench.result.Machine;
import org.junit.jupiter.api.Test;

class CpuStepTableTest {
    @Test
    void tableShowsMediansSpreadsAndTheirRatio() {
        assertThat(CpuStepResult.FILES.markdown(SampleResult.RESULT))
                .contains("| a student | 45,034 | 3,000 (2,900 to 3,100) | 1,500 (1,000 to 1,600) | **2.00x** |");
    }

    @Test
    void tableTellsHowItWasMeasured() {
        assertThat(CpuStepResult.FILES.markdown(SampleResult.RESULT))
                .contains(
                        "Median of 3 blocks",
                        "Some CPU, 2 cores",
                        "threads used: 2",
                        "commit 0123456789ab",
                        "Some JDK 17")
                .contains("`mamba-pkd bench cpu-step --out x.json`", "2026-01-02T03:04:05Z", "a peer");
    }

    @Test
    void tableWarnsOfAMachineThatWasBusy() {
        CpuStepResult idle = SampleResult.RESULT;
        CpuStepResult busy = new CpuStepResult(
                idle.formatVersion(),
                idle.kind(),
                idle.origin(),
                idle.settings(),
                new Machine(2, "Some JDK 17", "Some System", 3.5),
                idle.ours(),
                idle.peer(),
                idle.threads(),
                idle.batch(),
                idle.models());
        assertThat(CpuStepResult.FILES.markdown(busy)).contains("load before the run: 3.5", "was busy");
        assertThat(CpuStepResult.FILES.markdown(idle))
                .contains("load before the run: 0.5")
                .doesNotContain("was busy");
    }
}
