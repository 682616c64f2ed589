package io.mambapkd.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.validate.Operations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bundle's {@code run}: steps that fail, crash, hang and are interrupted. */
@Tag("process")
class GpuRunTest {
    /** validate crashes, a kernel is wrong, step hangs and cannot be terminated; doctor and job are well. */
    private static final String PROGRAM = """
            #!/bin/sh
            for word in "$@"; do file=$word; done
            case "$1 $2" in
              "doctor "*) echo '{"description": "a stand-in of a card"}' >"$file" ;;
              "validate "*) kill -SEGV $$ ;;
              "bench kernels") echo '{}' >"$file"; echo "scan: WRONG"; echo "the last line"; exit 1 ;;
              "bench step") trap '' TERM; echo $$ >../../hung; while :; do tail -f /dev/null; done ;;
              "bench job") echo '{}' >"$file" ;;
              "bench report") echo "TABLE of $(basename "$file")" ;;
            esac
            """;

    /** The tests of the engine fail, those of the variants pass. */
    private static final String JAVA = """
            #!/bin/sh
            echo "java was asked for: $*"
            case "$*" in *OneContractTest*) ;; *) echo "  failed: aTest()"; exit 1 ;; esac
            """;

    private final Path folder;
    private final GpuScripts scripts;
    private final Path out;

    GpuRunTest(@TempDir Path folder) throws IOException {
        this.folder = folder;
        scripts = new GpuScripts(folder);
        out = folder.resolve("results");
    }

    @BeforeEach
    void bundle() throws Exception {
        scripts.scripts("bundle");
        scripts.bundle("bundle", PROGRAM, JAVA);
    }

    private String run(int code, String... arguments) throws Exception {
        scripts.set("OUT", out.toString());
        return scripts.run(code, "bundle/run", arguments);
    }

    private String steps() throws Exception {
        return Files.readString(out.resolve("steps.txt"));
    }

    /** Whether the process that a step left its number of is still there; a dead one that nobody waited for is not. */
    private boolean hangs() throws IOException {
        Path process =
                Path.of("/proc", Files.readString(folder.resolve("bundle/hung")).strip(), "stat");
        return Files.exists(process) && !Files.readString(process).contains(") Z ");
    }

    @Test
    void aStepThatFailsCrashesOrHangsCostsThatStepAloneAndTheWholeEndsBeforeItsTime() throws Exception {
        long begin = System.nanoTime();
        String output = run(1, "--seconds", "20", "--steps", "doctor,validate-gemm,kernels,job,step,variants");
        assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin)).isLessThan(20);

        assertThat(steps())
                .contains("a stand-in of a card; ", "; commit 0123abcd; command: run --seconds 20 --steps doctor,")
                .containsPattern("doctor +passed +status 0")
                .containsPattern("validate-gemm +CRASHED +status 139")
                .containsPattern("kernels +FAILED +status 1, .*: the last line")
                .containsPattern("job +passed")
                .containsPattern("\nstep +TIME LIMIT +status 1(24|37)")
                .containsPattern("variants +NO TIME");
        assertThat(hangs()).isFalse();
        assertThat(scripts.packed(out.resolve("results.tgz"), "results/kernels.log"))
                .startsWith("# a stand-in of a card; ")
                .contains("commit 0123abcd", "$ mamba-pkd bench kernels", "scan: WRONG");
        assertThat(output)
                .containsPattern("-- wrong rows\nvalidate-gemm +CRASHED .*\nkernels +FAILED .*\nstep +TIME LIMIT .*\n"
                        + "kernels: scan: WRONG\n$");
    }

    @Test
    void theArchiveIsRenewedAfterEachStep() throws Exception {
        Path seen = folder.resolve("seen.tgz");
        scripts.executable(
                "bundle/bin/mamba-pkd",
                PROGRAM.replace("\"bench job\")", "\"bench job\") cp " + out + "/results.tgz " + seen + ";"));
        run(0, "--steps", "doctor,job");
        assertThat(scripts.packed(seen, "results/steps.txt"))
                .containsPattern("doctor +passed")
                .doesNotContain("job ");
        assertThat(scripts.packed(seen, "results/doctor.json")).contains("a stand-in of a card");
        assertThat(scripts.packed(out.resolve("results.tgz"), "results/steps.txt"))
                .containsPattern("job +passed");
        assertThat(Files.readString(out.resolve("summary.md"))).contains("TABLE of job.json");
    }

    /** The step ends the script that waits for it: the grandparent of the shell that started the program. */
    @Test
    void anInterruptedRunKeepsWhatItHas() throws Exception {
        scripts.executable("bundle/bin/mamba-pkd", PROGRAM.replace("\"bench job\")", """
                        "bench job")
                            process=$PPID
                            for up in 1 2; do process=$(cut -d ' ' -f 4 "/proc/$process/stat"); done
                            echo $$ >../../hung
                            kill -TERM "$process"
                            exec tail -f /dev/null
                """.strip()));
        scripts.set("MAMBA_PKD_RUN_SINCE", String.valueOf(System.currentTimeMillis() / 1000));
        String output = run(1, "--steps", "doctor,job,variants");
        assertThat(output).contains("-- wrong rows");
        assertThat(hangs()).isFalse();
        assertThat(scripts.packed(out.resolve("results.tgz"), "results/steps.txt"))
                .containsPattern("doctor +passed")
                .containsPattern("job +STOPPED")
                .doesNotContain("\nvariants");
    }

    @Test
    void theTestsOfTheVariantsRunWhereOthersFailAndBothKnowTheLibraries() throws Exception {
        run(1, "--steps", "tests,variants");
        assertThat(steps()).containsPattern("tests +FAILED").containsPattern("variants +passed");
        for (String name : List.of("tests", "variants")) {
            assertThat(scripts.packed(out.resolve("results.tgz"), "results/" + name + ".log"))
                    .contains("-Dmambapkd.require=cuda", "-Dmambapkd.cuda.libs=" + folder.resolve("libraries") + " ");
        }
    }

    @Test
    void whatAnEarlierCallLeftIsNoResultOfThisOne() throws Exception {
        run(0, "--steps", "job");
        scripts.executable("bundle/bin/mamba-pkd", "#!/bin/sh\nexit 3\n");
        run(1, "--steps", "doctor");
        assertThat(scripts.packed(out.resolve("results.tgz"), "results/steps.txt"))
                .containsPattern("doctor +FAILED")
                .doesNotContain("job ");
        assertThat(scripts.names(out.resolve("results.tgz")))
                .contains("doctor.log")
                .doesNotContain("job");
    }

    @Test
    void resultsThatCannotBeRenewedAreKeptAndTheStepsGoOn() throws Exception {
        scripts.executable(
                "bundle/bin/mamba-pkd",
                PROGRAM.replace("\"bench job\")", "\"bench job\") mkdir " + out + "/results.tgz.new;"));
        String output = run(0, "--steps", "doctor,job,variants");
        assertThat(output).contains("results.tgz and steps.txt in " + out + " were not renewed: ");
        assertThat(output).containsPattern("variants +passed");
        assertThat(scripts.packed(out.resolve("results.tgz"), "results/steps.txt"))
                .containsPattern("doctor +passed")
                .doesNotContain("job ");
    }

    @Test
    void theStepsOfValidateHaveEveryOperation() throws Exception {
        String commands = Files.readString(Path.of("gpu/commands.sh"));
        String asked = Pattern.compile("--ops ([a-z0-9_,]+)")
                .matcher(commands)
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.joining(","));
        assertThat(asked.split(",")).contains(Operations.names().toArray(String[]::new));
    }

    @Test
    void wrongArgumentsAreASentence() throws Exception {
        assertThat(run(2, "--steps", "speed")).contains("there is no step 'speed'; choose from check, measure, doctor");
        assertThat(run(2, "--seconds", "soon"))
                .contains("--seconds must be a whole number from 15 to 9999, got 'soon'");
        assertThat(run(2, "--seconds", "14"))
                .contains("--seconds must be at least 15")
                .contains("got '14'");
        assertThat(run(2, "--seconds")).contains("--seconds needs a number");
        assertThat(run(2, "fast")).contains("unknown option 'fast'");
        assertThat(out).doesNotExist();
    }
}
