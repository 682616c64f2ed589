package io.mambapkd.cli.commands;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.mambapkd.cli.CommandRun;
import io.mambapkd.cli.FakeJobs;
import io.mambapkd.data.cifar.CifarFiles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DataCommandTest {
    @TempDir
    private Path folder;

    private byte[] archive;

    @BeforeEach
    void makeArchive() {
        Map<String, byte[]> files = CifarFiles.cifar10(20);
        // The second record of the test is the first record of the training, the third is the second again.
        byte[] test = files.get("test_batch.bin");
        System.arraycopy(files.get("data_batch_1.bin"), 0, test, 3073, 3073);
        System.arraycopy(test, 3073, test, 2 * 3073, 3073);
        archive = CifarFiles.gzip(CifarFiles.tar("cifar-10-batches-bin/", files));
    }

    private CommandRun run(String... args) {
        return CommandRun.of(new FakeJobs(), folder.resolve("runs"), args);
    }

    private String dataFolder() throws IOException {
        Files.write(folder.resolve("cifar-10-binary.tar.gz"), archive);
        return folder.toString();
    }

    @Test
    void aFetchedDataSetCanBeUsedByItsName() throws IOException, NoSuchAlgorithmException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, archive.length);
            exchange.getResponseBody().write(archive);
            exchange.close();
        });
        server.start();
        try {
            String hash = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(archive));
            String[] fetch = {
                "data",
                "fetch",
                "cifar10",
                "--sha256",
                hash,
                "--data-dir",
                folder.toString(),
                "--url",
                "http://127.0.0.1:" + server.getAddress().getPort() + "/x"
            };
            CommandRun first = run(fetch);
            CommandRun second = run(fetch);

            assertThat(first.exitCode()).as(first.err()).isZero();
            assertThat(first.err()).contains("cifar-10-binary.tar.gz: started");
            assertThat(first.out().lines())
                    .containsExactly(
                            folder.resolve("cifar-10-binary.tar.gz").toString(),
                            "use it with --dataset cifar10 --data-dir " + folder);
            assertThat(second.out()).contains("cifar-10-binary.tar.gz: there already, checksum right");
            assertThat(second.err()).isEmpty();
        } finally {
            server.stop(0);
        }
        CommandRun use = run("data", "info", "cifar10", "--data-dir", folder.toString());
        assertThat(use.exitCode()).as(use.err()).isZero();
    }

    @Test
    void theTextHasCountsPerClassAndPartAndWhatIsUnusual() throws IOException {
        CommandRun run = run("data", "info", "cifar10", "--data-dir", dataFolder(), "--validation", "30");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out())
                .containsPattern("name +cifar10\n")
                .containsPattern("dataset +cifar10:" + folder)
                .containsPattern("images +32x32x3 ")
                // 120 images of 3,072 bytes.
                .containsPattern("memory +368,640 bytes")
                .contains("30 of the 100 training images, drawn from each class in proportion, are for validation")
                .contains("1 within the test images")
                .containsPattern("class +training +validation +test\n")
                .containsPattern("airplane +7 +3 +4\n")
                .containsPattern("10 classes +70 +30 +20\n")
                .contains("note: ")
                .contains("2 of the 20 test images are among the training images, too");
    }

    @Test
    void calibrationImagesAreAColumnOfTheirOwnAndInTheJson() throws IOException {
        String[] command = {
            "data", "info", "cifar10", "--data-dir", dataFolder(), "--validation", "30", "--calibration", "20%"
        };

        CommandRun run = run(command);

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out())
                .contains(
                        "30 of the 100 training images, drawn from each class in proportion, are for validation; 20 of"
                                + " the others, drawn from each class in proportion, are for calibration")
                .contains("0 within the calibration images, 0 calibration images are training images, too")
                .containsPattern("memory +368,640 bytes")
                .containsPattern("class +training +calibration +validation +test\n")
                .containsPattern("airplane +5 +2 +3 +4\n")
                .containsPattern("10 classes +50 +20 +30 +20\n");
        JsonNode tree = JsonMapper.shared()
                .readTree(run(Stream.concat(Stream.of(command), Stream.of("--json", "-"))
                                .toArray(String[]::new))
                        .out());
        assertThat(tree.path("trainingImages").intValue()).isEqualTo(50);
        assertThat(tree.path("calibrationImages").intValue()).isEqualTo(20);
        assertThat(tree.at("/classes/0/calibration").intValue()).isEqualTo(2);
    }

    @Test
    void theJsonHasTheSame() throws IOException {
        CommandRun run = run("data", "info", "cifar10:" + dataFolder(), "--validation", "30", "--json", "-");

        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonNode tree = JsonMapper.shared().readTree(run.out());
        assertThat(tree.path("trainingImages").intValue()).isEqualTo(70);
        assertThat(tree.path("bytes").longValue()).isEqualTo(368_640);
        assertThat(tree.path("classes").size()).isEqualTo(10);
        assertThat(tree.path("classes").path(9).path("name").asString()).isEqualTo("truck");
        assertThat(tree.path("duplicates").path("test").intValue()).isEqualTo(1);
        Path file = folder.resolve("info.json");
        CommandRun toFile = run("data", "info", "cifar10:" + folder, "--validation", "30", "--json", file.toString());
        assertThat(toFile.out()).contains("10 classes");
        assertThat(file).content(StandardCharsets.UTF_8).isEqualTo(run.out());
    }

    @Test
    void mnistNeedNotBeFetched() {
        CommandRun run = run("data", "fetch", "mnist");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).isEqualTo("mnist comes with the program; use it with --dataset mnist\n");
    }

    @Test
    void dataAloneNamesItsCommands() {
        CommandRun run = run("data");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).startsWith("mamba-pkd: expected a command after data: fetch, info\n");
    }

    @Test
    void theDataSetIsNamedOnce() {
        assertThat(run("data", "info", "mnist", "--dataset", "mnist").err())
                .isEqualTo("mamba-pkd: expected the data set once, got 'mnist' and --dataset; leave --dataset out\n");
        assertThat(run("data", "info", "mnist", "--data-dir", "/x").err())
                .contains("as the dataset with --data-dir, got 'mnist'");
    }
}
