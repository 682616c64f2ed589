package io.mambapkd.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.bench.peers.PeersResult.Outcome;
import io.mambapkd.bench.peers.PeersResult.Row;
import io.mambapkd.bench.result.ResultKind;
import io.mambapkd.bench.result.SampleOrigin;
import io.mambapkd.bench.result.Timing;
import io.mambapkd.results.Origin;
import java.util.List;
import org.junit.jupiter.api.Test;

class PeersTableTest {
    private static String table(Origin origin, String peerDevice) {
        Row measured = new Row(
                "teacher",
                "f32",
                "replayed",
                "graph",
                128,
                Outcome.MEASURED,
                "",
                new Timing(List.of(100.0)),
                new Timing(List.of(250.0)));
        Row missing = new Row(
                "teacher",
                "f32",
                "replayed",
                "compile",
                128,
                Outcome.NOT_MEASURED,
                "it took more than 9 s",
                new Timing(List.of()),
                new Timing(List.of()));
        return PeersResult.FILES.markdown(new PeersResult(
                PeersResult.FORMAT_VERSION,
                PeersResult.KIND,
                origin,
                "",
                "PyTorch 2",
                peerDevice,
                "a loop",
                List.of(measured, missing)));
    }

    @Test
    void onAGpuTheRatioIsTheirTimeOverOurs() {
        assertThat(table(SampleOrigin.of(false), "a GPU"))
                .contains("| teacher | f32 | 128 | replayed | 100.0 (100.0 to 100.0) | graph | 250.0", "**2.50x**")
                .contains("- Not measured: teacher, f32, compile: it took more than 9 s.")
                .contains("Peer: PyTorch 2 on a GPU; its scan: a loop.")
                .doesNotContain("Not both on a GPU");
    }

    @Test
    void withoutTwoGpusNoRatioIsShown() {
        Origin cpu = new Origin("a CPU", Origin.NO_DRIVER, "2026-01-02T03:04:05Z", "0123abcd", "a command", false);
        assertThat(table(cpu, "cpu")).contains("no comparison of performance").doesNotContain("2.50x");
        assertThat(table(cpu, "a GPU")).contains("no comparison of performance").doesNotContain("2.50x");
        assertThat(table(SampleOrigin.of(false), "cpu"))
                .contains("no comparison of performance")
                .doesNotContain("2.50x");
        assertThat(table(SampleOrigin.of(true), "a GPU"))
                .contains(ResultKind.EMULATED)
                .doesNotContain("2.50x");
    }
}
