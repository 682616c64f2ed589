package io.mambapkd.cli.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.cli.CommandRun;
import io.mambapkd.cli.FakeJobs;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class ValidateCommandTest {
    private static final Path VECTORS = Path.of("src", "test", "resources", "golden");

    @TempDir
    private Path folder;

    private CommandRun validate(String... more) {
        String[] all = new String[more.length + 5];
        System.arraycopy(new String[] {"validate", "--device", "cpu", "--cases", "2"}, 0, all, 0, 5);
        System.arraycopy(more, 0, all, 5, more.length);
        return CommandRun.of(new FakeJobs(), folder, all);
    }

    @Test
    void theTableNamesOperationShapeTensorErrorsCoordinateToleranceAndVerdict() {
        CommandRun run = validate("--ops", "gate", "--shapes", "B=2,L=3,D=4");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out().lines().findFirst().orElseThrow().split(" {2,}"))
                .containsExactly(
                        "operation",
                        "type",
                        "shape",
                        "tensor",
                        "largest error",
                        "relative",
                        "allowed",
                        "at",
                        "verdict");
        assertThat(run.out()).containsPattern("gate +f32 +B=2 L=3 D=4 +du .* passed");
    }

    @Test
    void referenceVectorsStandBesideRandomCasesAndInTheFiles() throws IOException {
        CommandRun run = validate("--ops", "rms_norm", "--golden", VECTORS.toString(), "--out", folder.toString());

        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .contains("golden/rmsnorm ", "rmsnorm_01.safetensors")
                .doesNotContain("golden/linear");
        assertThat(Files.readString(folder.resolve("validation.json")))
                .contains("\"references\" : 2", "\"operation\" : \"golden/rmsnorm\"");
        assertThat(Files.readString(folder.resolve("validation.html")))
                .contains("2 cases of reference vectors", "golden/rmsnorm");
    }

    @Test
    void theFilesOfAComparisonThatIsEndedFromOutsideHoldWhatWasCompared() throws IOException {
        Path json = folder.resolve("validation.json");
        List<String> found = new ArrayList<>();
        try (Backend cpu = new CpuBackend(1)) {
            // Where the process would end: in the second operation.
            Backend watched = (Backend) Proxy.newProxyInstance(
                    Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                        if (method.getName().equals("conv1d")) {
                            found.add(Files.readString(json));
                        }
                        return method.invoke(cpu, arguments);
                    });
            CommandRun run = CommandRun.of(
                    options -> watched,
                    new FakeJobs(),
                    folder,
                    "validate",
                    "--cases=1",
                    "--ops=decay,conv1d,gate",
                    "--out=" + folder);
            assertThat(run.exitCode()).as(run.err()).isZero();
        }
        assertThat(found).isNotEmpty().allSatisfy(text -> {
            JsonNode record = new JsonMapper().readTree(text);
            assertThat(record.path("notCompared").toString()).isEqualTo("[\"conv1d\",\"gate\"]");
            assertThat(record.path("rows").valueStream())
                    .isNotEmpty()
                    .allMatch(row -> row.path("operation").asString().equals("decay"));
        });
        assertThat(Files.readString(json)).contains("\"notCompared\" : [ ]", "\"date\" : \"2026-01-02T03:04:05Z\"");
    }

    @Test
    void aFolderThatCannotTakeTheFilesIsRefusedBeforeAnythingIsCompared() throws IOException {
        Path missing = folder.resolve("missing");
        Path file = Files.writeString(folder.resolve("file"), "");
        String expected = "mamba-pkd: expected a folder that can be written with --out, got ";
        String remedy = "; make it, or name another one\n";

        CommandRun nothing = validate("--ops", "gate", "--out", missing.toString());
        CommandRun noFolder = validate("--ops", "gate", "--out", file.toString());

        assertThat(nothing.exitCode()).isEqualTo(2);
        assertThat(nothing.err()).isEqualTo(expected + "nothing at " + missing + remedy);
        assertThat(noFolder.exitCode()).isEqualTo(2);
        assertThat(noFolder.err()).isEqualTo(expected + "a file at " + file + remedy);
    }

    @Test
    void referencesAreSelectedByTheirOwnNames() {
        CommandRun run = validate("--ops", "golden/gelu", "--golden", VECTORS.toString());

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).contains("golden/gelu ").doesNotContain("rms_norm", "golden/gelu_tanh");
    }

    @Test
    void referencesWithoutAFolderAndAFolderWithoutReferencesAreRefusedInASentence() {
        CommandRun unnamed = validate("--ops", "golden/gelu");
        assertThat(unnamed.exitCode()).isEqualTo(2);
        assertThat(unnamed.err())
                .contains(
                        "--ops: 'golden/gelu' is about reference vectors but there are none; name their folder with --golden DIR");
        CommandRun empty = validate("--golden", folder.toString());
        assertThat(empty.exitCode()).isEqualTo(2);
        assertThat(empty.err())
                .contains("index.json: there is no such file or folder")
                .doesNotContain("\tat ");
    }
}
