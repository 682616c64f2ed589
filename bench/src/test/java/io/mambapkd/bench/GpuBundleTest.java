package io.mambapkd.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bench/gpu/bundle.sh} on a build with little in it, by a JDK whose jlink makes a file that cannot be packed well. */
@Tag("process")
class GpuBundleTest {
    private static final int MIB = 1 << 20;

    private final Path folder;
    private final GpuScripts scripts;

    GpuBundleTest(@TempDir Path folder) throws IOException {
        this.folder = folder;
        scripts = new GpuScripts(folder);
    }

    @BeforeEach
    void build() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/xz")), "the archive is packed by xz");
        scripts.scripts("tree/bench/gpu");
        for (String name : new String[] {"bundle.sh", "cudnn_matrix.py"}) {
            scripts.executable("tree/bench/gpu/" + name, Files.readString(Path.of("gpu", name)));
        }
        scripts.executable("tree/bench/peers/torch/step.py", "");
        scripts.executable("tree/bench/target/dist/mamba-pkd-1/bin/mamba-pkd", "");
        for (String jar : new String[] {
            "mamba-pkd-1.jar",
            "openblas-1-linux-x86_64.jar",
            "javacpp-1-linux-x86_64.jar",
            "dnnl-1.jar",
            "dnnl-1-linux-x86_64.jar",
            "opencl-1.jar"
        }) {
            scripts.executable("tree/bench/target/dist/mamba-pkd-1/lib/" + jar, "");
        }
        scripts.executable("tree/bench/target/test-classes/io/mambapkd/bench/variants/AnOpsContractTest.class", "");
        scripts.executable("tree/java/engine/target/gpu-tests/classes/io/mambapkd/ops/Other.class", "");
        scripts.executable("tree/java/engine/target/gpu-tests/classes/golden/index.json", "");
        for (String jar : new String[] {"junit-1", "assertj-core-1", "opentest4j-1", "apiguardian-1"}) {
            scripts.executable("tree/java/engine/target/gpu-tests/lib/" + jar + ".jar", "");
        }
        scripts.executable("jdk/bin/java", "");
        scripts.executable("jdk/bin/jar", """
                #!/bin/sh
                [ "$1" != --create ] || echo stored >"$3"
                """);
        scripts.executable("jdk/bin/jlink", """
                #!/bin/sh
                mkdir -p "$2/lib"
                head -c %d /dev/urandom >"$2/lib/modules"
                """.formatted(2 * MIB));
        Files.createDirectories(folder.resolve("jdk/jmods"));
        scripts.set("PATH", folder.resolve("jdk/bin") + ":" + System.getenv("PATH"));
    }

    private String contents(String archive) throws Exception {
        return scripts.names(folder.resolve("tree/bench/target/gpu").resolve(archive));
    }

    @Test
    void anArchiveThatIsTooLargeFailsTheBuildWithWhatIsLargest() throws Exception {
        scripts.set("LIMIT_MIB", "1");
        assertThat(scripts.run(2, "tree/bench/gpu/bundle.sh"))
                .containsPattern("2\\.0  jre/lib/modules\\n")
                .containsPattern("gpu-bundle: expected an archive of at most 1 MiB, got 2\\.\\d MiB; ");
        assertThat(folder.resolve("tree/bench/target/gpu/mamba-pkd-gpu.tar.xz")).doesNotExist();
    }

    @Test
    void theSmallArchiveLeavesToTheCheckoutWhatThatHas() throws Exception {
        scripts.run(0, "tree/bench/gpu/bundle.sh");
        assertThat(contents("mamba-pkd-gpu.tar.xz"))
                .contains(
                        "mamba-pkd-gpu/tests/classes/golden/index.json",
                        "mamba-pkd-gpu/lib/openblas-1-linux-x86_64.jar")
                .doesNotContain("dnnl", "opencl");
        scripts.set("BESIDE_TREE", "1");
        scripts.set("OPENBLAS", "0");
        scripts.run(0, "tree/bench/gpu/bundle.sh");
        assertThat(contents("mamba-pkd-gpu-beside-tree.tar.xz"))
                .contains("mamba-pkd-gpu/run\n", "mamba-pkd-gpu/commands.sh\n", "mamba-pkd-gpu/jre/lib/modules\n")
                .doesNotContain("golden", "linux-x86_64");
    }

    @Test
    void variablesThatAreWrongAreASentence() throws Exception {
        scripts.set("LIMIT_MIB", "many");
        assertThat(scripts.run(2, "tree/bench/gpu/bundle.sh"))
                .isEqualTo("gpu-bundle: LIMIT_MIB must be a whole number of MiB, got 'many'\n");
        scripts.set("BESIDE_TREE", "yes");
        assertThat(scripts.run(2, "tree/bench/gpu/bundle.sh"))
                .isEqualTo("gpu-bundle: BESIDE_TREE and OPENBLAS must be 0 or 1, got 'yes' and '1'\n");
    }
}
