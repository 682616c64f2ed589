package io.mambapkd.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bundle's {@code run} with a program of its own in the place of mamba-pkd. */
class GpuRunTest {
    /** validate crashes, a kernel is wrong, step hangs; doctor and job are well. */
    private static final String PROGRAM = """
            #!/bin/sh
            for word in "$@"; do file=$word; done
            case "$1 $2" in
              "doctor "*) echo '{"description": "a stand-in"}' >"$file" ;;
              "validate "*) kill -SEGV $$ ;;
              "bench kernels") echo '{}' >"$file"; echo "scan: WRONG"; exit 1 ;;
              "bench step") exec tail -f /dev/null ;;
              "bench job") echo '{}' >"$file" ;;
              "bench report") echo "TABLE of $(basename "$file")" ;;
            esac
            """;

    @TempDir
    Path folder;

    private Path out = Path.of("");

    @BeforeEach
    void bundle() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/timeout")), "the script needs timeout of coreutils");
        out = folder.resolve("results");
        executable("run", Files.readString(Path.of("gpu/run")));
        executable("bin/mamba-pkd", PROGRAM);
        Files.writeString(folder.resolve("commit"), "0123abcd\n");
    }

    private void executable(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private String run(int code, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(folder.resolve("run").toString(), "--out", out.toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isEqualTo(code);
        return output;
    }

    @Test
    void aPartThatCrashesFailsOrHangsIsReportedAndTheOthersRun() throws Exception {
        run(1, "--quick", "--seconds", "14", "--parts", "doctor,validate,kernels,step,job");
        assertThat(Files.readString(out.resolve("summary.md")))
                .contains("GPU: a stand-in")
                .containsPattern("\\| doctor \\| passed \\|")
                .containsPattern("\\| validate \\| FAILED \\| \\d+ \\| exit status 139")
                .containsPattern("\\| kernels \\| FAILED \\| \\d+ \\| exit status 1: scan: WRONG")
                .containsPattern("\\| step \\| time limit \\| [345] \\|")
                .containsPattern("\\| job \\| passed \\|")
                .contains("TABLE of kernels.json", "TABLE of job.json")
                .doesNotContain("TABLE of step.json");
    }

    @Test
    void whatAnEarlierCallLeftIsNoResultOfThisOne() throws Exception {
        run(0, "--parts", "job");
        executable("bin/mamba-pkd", "#!/bin/sh\nexit 3\n");
        run(1, "--parts", "job");
        assertThat(out.resolve("job.json")).doesNotExist();
        assertThat(Files.readString(out.resolve("summary.md")))
                .contains("FAILED")
                .doesNotContain("TABLE");
    }

    @Test
    void thePartsTogetherTakeLessThanNineMinutes() throws IOException {
        String script = Files.readString(Path.of("gpu/run"));
        int seconds = java.util.regex.Pattern.compile("\\) echo (\\d+) ;;")
                .matcher(script)
                .results()
                .mapToInt(match -> Integer.parseInt(match.group(1)))
                .sum();
        assertThat(seconds).isEqualTo(540);
        assertThat(script).contains("total=540");
    }

    @Test
    void anUnknownPartIsRefused() throws Exception {
        assertThat(run(2, "--parts", "speed")).contains("there is no part 'speed'; choose from doctor tests");
    }
}
