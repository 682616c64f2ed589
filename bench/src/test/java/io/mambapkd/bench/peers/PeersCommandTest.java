package io.mambapkd.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.bench.Main;
import io.mambapkd.bench.peers.PeersResult.Outcome;
import io.mambapkd.bench.peers.PeersResult.Row;
import io.mambapkd.bench.result.ResultFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a program of its own in the place of Python, on the CPU. */
@Tag("process")
class PeersCommandTest {
    /** Eager it keeps to the protocol, among lines of its libraries; as a graph it refuses; compiled it crashes. */
    private static final String PEER = """
            #!/bin/sh
            echo "a library greets"
            case "$*" in
              *--mode=graph*) echo "warning" >&2; echo "there are no graphs here" >&2; exit 1 ;;
              *--mode=compile*) kill -9 $$ ;;
            esac
            for word in "$@"; do
              case $word in --gradient=*) : >"${word#--gradient=}" ;; esac
            done
            echo ready
            while read -r line; do echo "block 0.002"; done
            echo '{"peer": "Engine 1", "device": "cpu", "scan": "a loop", "loss": 1.0}'
            """;

    /** It never gets ready. */
    private static final String HANGING = "#!/bin/sh\nexec tail -f /dev/null\n";

    @TempDir
    Path folder;

    private final StringWriter output = new StringWriter();
    private final StringWriter errors = new StringWriter();
    private Path result = Path.of("");

    @BeforeEach
    void place() {
        result = folder.resolve("peers.json");
    }

    private Path program(String text) throws IOException {
        Path file = Files.writeString(folder.resolve("python"), text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        return file;
    }

    private int run(Object python, String programs, String... more) {
        List<String> arguments = new java.util.ArrayList<>(List.of(
                "peers",
                "--quick",
                "--device=cpu",
                "--threads=2",
                "--preset=mnist-demo",
                "--set=teacher.channels=[4, 8]",
                "--set=teacher.images=64",
                "--set=teacher.batch=32",
                "--set=student.images=64",
                "--set=student.batch=32",
                "--python=" + python,
                "--programs=" + programs,
                "--out=" + result));
        arguments.addAll(List.of(more));
        return Main.run(new PrintWriter(output), new PrintWriter(errors, true), arguments.toArray(new String[0]));
    }

    @Test
    void whatCannotBeMeasuredHasAReasonAndTheRestGoesOn() throws IOException {
        assertThat(run(program(PEER), "peers/torch")).as(errors.toString()).isZero();
        PeersResult peers = ResultFile.read(result, PeersResult.FILES);
        assertThat(peers.peer()).isEqualTo("Engine 1");
        assertThat(peers.scan()).isEqualTo("a loop");
        assertThat(peers.isComparison()).isFalse();
        assertThat(peers.rows())
                .extracting(Row::task)
                .containsExactly(
                        "student rows2-d48",
                        "student rows2-d48",
                        "student rows2-d48",
                        "teacher",
                        "teacher",
                        "teacher",
                        "loss, K 10",
                        "loss, K 10",
                        "loss, K 10");
        for (Row row : peers.rows()) {
            switch (row.peerMode()) {
                case "eager" -> {
                    if (row.task().startsWith("loss")) {
                        assertThat(row.reason()).isEqualTo("its gradient has 0 bytes instead of 5120");
                    } else {
                        assertThat(row.outcome()).isEqualTo(Outcome.MEASURED);
                        assertThat(row.theirs().microseconds()).containsExactly(2000.0, 2000.0);
                        assertThat(row.ours().microseconds()).hasSize(2).allMatch(time -> time > 0);
                    }
                }
                case "graph" -> assertThat(row.reason()).isEqualTo("there are no graphs here");
                default -> assertThat(row.reason()).isEqualTo("it ended with exit status 137");
            }
        }
        assertThat(output.toString()).contains("no comparison of performance").doesNotContain("x** |");
    }

    @Test
    void onlyTheModesThatAreAskedForAreMeasured() throws IOException {
        assertThat(run(program(PEER), "peers/torch", "--modes=graph,eager"))
                .as(errors.toString())
                .isZero();
        assertThat(ResultFile.read(result, PeersResult.FILES).rows())
                .extracting(Row::peerMode)
                .containsExactly("graph", "eager", "graph", "eager", "graph", "eager");
    }

    @Test
    void anUnknownModeIsRefused() throws IOException {
        assertThat(run(program(PEER), "peers/torch", "--modes=fast")).isEqualTo(2);
        assertThat(errors.toString()).contains("--modes").contains("fast").containsIgnoringCase("eager");
    }

    @Test
    void aProgramThatHangsIsEndedAtTheLimitOfTime() throws IOException {
        assertThat(run(program(HANGING), "peers/torch", "--seconds=1"))
                .as(errors.toString())
                .isZero();
        assertThat(ResultFile.read(result, PeersResult.FILES).rows())
                .allSatisfy(row -> assertThat(row.reason())
                        .isIn("it took more than 1 s", "no time was left; give more with --seconds"));
    }

    @Test
    void aFolderWithoutThePrograms() {
        assertThat(run("python3", folder.toString())).isEqualTo(2);
        assertThat(errors.toString()).contains("--programs", "has no step.py").hasLineCount(1);
    }

    @Test
    void aPythonThatIsNotThereIsRefusedInOneSentence() {
        assertThat(run(folder.resolve("nopython"), "peers/torch")).isEqualTo(2);
        assertThat(errors.toString()).contains("cannot start", "--python").hasLineCount(1);
    }
}
