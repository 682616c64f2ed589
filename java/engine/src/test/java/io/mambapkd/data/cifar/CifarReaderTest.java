package io.mambapkd.data.cifar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CifarReaderTest {
    private static final String BIN = "cifar-10-batches-bin/";

    @TempDir
    Path folder;

    private CifarData read(Cifar set, Path place) {
        return CifarReader.read(set, place, (head, size) -> null);
    }

    private Path write(String name, byte[] content) throws IOException {
        Path path = folder.resolve(name);
        Files.createDirectories(path.getParent());
        return Files.write(path, content);
    }

    private void unpack(String below, Map<String, byte[]> files) throws IOException {
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            write(below + file.getKey(), file.getValue());
        }
    }

    private void assertRefused(Cifar set, Path place, String... parts) {
        assertThatThrownBy(() -> read(set, place))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll(parts);
    }

    @Test
    void recordsBecomeImagesInTheOrderOfTheFiles() throws IOException {
        unpack(BIN, CifarFiles.cifar10(3));
        CifarData data = read(Cifar.CIFAR10, folder);

        assertThat(data.training().labels()).containsExactly(0, 1, 2, 1, 2, 3, 2, 3, 4, 3, 4, 5, 4, 5, 6);
        assertThat(data.test().labels()).containsExactly(5, 6, 7);
        // Image 2 of the fourth file is number 122; row 5, column 7 is the 167th value of a plane.
        byte[] pixels = data.training().pixels();
        int at = ((3 * 3 + 2) * 1024 + 5 * 32 + 7) * 3;
        assertThat(Arrays.copyOfRange(pixels, at, at + 3)).containsExactly((byte) 167, (byte) 122, (byte) (255 - 5));
        assertThat(pixels).hasSize(15 * 3072);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cifar-10-binary.tar.gz", "cifar-10-binary.tar", "renamed.tgz"})
    void theArchiveHoldsWhatTheFilesHold(String name) throws IOException {
        byte[] tar = CifarFiles.tar(BIN, CifarFiles.cifar10(2));
        Path archive = write(name, name.endsWith(".tar") ? tar : CifarFiles.gzip(tar));
        unpack("unpacked/", CifarFiles.cifar10(2));

        CifarData packed = read(Cifar.CIFAR10, name.startsWith("renamed") ? archive : folder);
        CifarData unpacked = read(Cifar.CIFAR10, folder.resolve("unpacked"));
        assertThat(packed.training().pixels()).isEqualTo(unpacked.training().pixels());
        assertThat(packed.training().labels()).isEqualTo(unpacked.training().labels());
        assertThat(packed.test().pixels()).isEqualTo(unpacked.test().pixels());
    }

    @Test
    void theFineLabelsAreTheClassesOfCifar100AndTheCoarseOnesAreASetOfTheirOwn() throws IOException {
        unpack("cifar-100-binary/", CifarFiles.cifar100(45, 3));
        CifarData fine = read(Cifar.CIFAR100, folder);
        CifarData coarse = read(Cifar.CIFAR100_COARSE, folder);

        assertThat(fine.training().labels()[44]).isEqualTo((byte) 44);
        assertThat(coarse.training().labels()[44]).isEqualTo((byte) 4);
        assertThat(fine.training().pixels()).isEqualTo(coarse.training().pixels());
        assertThat(fine.classNames()).hasSize(100).isSorted().contains("aquarium_fish", "worm");
        assertThat(coarse.classNames()).hasSize(20).isSorted().contains("people");
    }

    @Test
    void classNamesComeFromTheirFileWhereThereIsOne() throws IOException {
        unpack("", CifarFiles.cifar10(1));
        assertThat(read(Cifar.CIFAR10, folder).classNames())
                .containsExactly(
                        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

        List<String> other =
                IntStream.range(0, 10).mapToObj(i -> "Klasse ß" + i).toList();
        write("batches.meta.txt", (String.join("\r\n", other) + "\n\n").getBytes(StandardCharsets.UTF_8));
        assertThat(read(Cifar.CIFAR10, folder).classNames()).isEqualTo(other);

        write("batches.meta.txt", "cat\ndog\n".getBytes(StandardCharsets.UTF_8));
        assertRefused(Cifar.CIFAR10, folder, "expected the names of 10 classes, one a line, got 2 of them");
        write("batches.meta.txt", "cat\n".repeat(10).getBytes(StandardCharsets.UTF_8));
        assertRefused(Cifar.CIFAR10, folder, "got names that are not all different");
        write("batches.meta.txt", new byte[70_000]);
        assertRefused(Cifar.CIFAR10, folder, "got more than 65536 bytes");
    }

    @Test
    void aPartOfTheOriginalIsReadWithANote() throws IOException {
        unpack("", CifarFiles.cifar10(2));
        assertThat(read(Cifar.CIFAR10, folder).notes())
                .hasSize(2)
                .first()
                .asString()
                .contains("holds 10 training images, where cifar10 has 50000");
    }

    @Test
    void filesThatAreNotWhatTheyShouldBeAreNamed() throws IOException {
        Map<String, byte[]> files = CifarFiles.cifar10(2);
        unpack("", files);
        byte[] whole = files.get("data_batch_3.bin");

        write("data_batch_3.bin", Arrays.copyOf(whole, whole.length - 1));
        assertRefused(
                Cifar.CIFAR10,
                folder,
                "got 6145 bytes, which is no multiple of the 3073 of a record",
                folder.resolve("data_batch_3.bin").toString());
        write("data_batch_3.bin", Arrays.copyOf(whole, 3073));
        assertRefused(Cifar.CIFAR10, folder, "got 1 records, where data_batch_1.bin has 2");
        write("data_batch_3.bin", new byte[0]);
        assertRefused(Cifar.CIFAR10, folder, "got an empty file");
        byte[] wrong = whole.clone();
        wrong[3073] = 10;
        write("data_batch_3.bin", wrong);
        assertRefused(Cifar.CIFAR10, folder, "got the label 10 in record 1 (from 0), where labels are from 0 to 9");
        Files.delete(folder.resolve("data_batch_3.bin"));
        assertRefused(Cifar.CIFAR10, folder, "got nothing", "data_batch_3.bin", "mamba-pkd data fetch cifar10");
        Files.createDirectory(folder.resolve("data_batch_3.bin"));
        assertRefused(Cifar.CIFAR10, folder, "got something that is not a regular file");
    }

    @Test
    void bothLabelsOfCifar100AreChecked() throws IOException {
        Map<String, byte[]> files = CifarFiles.cifar100(2, 1);
        files.get("train.bin")[3074] = 20;
        unpack("", files);
        assertRefused(Cifar.CIFAR100, folder, "got the label 20 in record 1 (from 0), where labels are from 0 to 19");
    }

    @Test
    void moreRecordsThanTheOriginalHasAreRefused() throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>(CifarFiles.cifar10(1));
        files.put("test_batch.bin", new byte[3073 * 10_001]);
        unpack("", files);
        assertRefused(Cifar.CIFAR10, folder, "got 10001 records, more than the original 10000");
    }

    @Test
    void otherContentIsNamedByItsKind() throws IOException {
        unpack("", CifarFiles.cifar10(1));
        write("data_batch_1.bin", "<html>not found</html>".getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> CifarReader.read(
                        Cifar.CIFAR10,
                        folder,
                        (head, size) -> head[0] == '<' ? new Problem("an HTML page", "get the file again") : null))
                .hasMessageContaining("got an HTML page, at " + folder.resolve("data_batch_1.bin"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"cifar-10-batches-py", "cifar-10-python.tar.gz"})
    void theVersionForPythonIsNamed(String name) throws IOException {
        byte[] pickle = {(byte) 0x80, 2};
        if (name.endsWith("gz")) {
            Path archive = write(
                    name, CifarFiles.gzip(CifarFiles.tar("cifar-10-batches-py/", Map.of("data_batch_4", pickle))));
            assertRefused(Cifar.CIFAR10, archive, "got the version for Python", "use cifar-10-binary.tar.gz");
        } else {
            write(name + "/data_batch_4", pickle);
        }
        assertRefused(Cifar.CIFAR10, folder, name + ", which is the version for Python", "binary version is needed");
    }

    @Test
    void theVersionForMatlabIsNamed() throws IOException {
        Path archive = write(
                "cifar-100-matlab.tar.gz",
                CifarFiles.gzip(CifarFiles.tar("cifar-100-matlab/", Map.of("train.mat", new byte[3]))));
        assertRefused(Cifar.CIFAR100, archive, "got the version for MATLAB", "use cifar-100-binary.tar.gz");
        assertRefused(Cifar.CIFAR100, folder, "which is the version for MATLAB");
    }

    @Test
    void whatIsAbsentIsNamedWithTheCommandThatGetsIt() throws IOException {
        assertRefused(
                Cifar.CIFAR100_COARSE,
                folder,
                "expected cifar-100-binary.tar.gz or the folder cifar-100-binary, got a folder without either",
                "mamba-pkd data fetch cifar100,");
        assertRefused(Cifar.CIFAR10, folder.resolve("absent"), "got nothing, at " + folder.resolve("absent"));
        write("cifar-10-binary.tar.gz.part", new byte[9]);
        assertRefused(Cifar.CIFAR10, folder, "got a download that is not finished");
    }

    @Test
    void everyCutOfAnArchiveIsRefused() throws IOException {
        byte[] whole = CifarFiles.gzip(CifarFiles.tar(BIN, CifarFiles.cifar10(1)));
        for (int length = 0; length < whole.length; length += Math.max(1, whole.length / 60)) {
            assertRefused(Cifar.CIFAR10, write("a.tar.gz", Arrays.copyOf(whole, length)), "expected ");
        }
        assertRefused(Cifar.CIFAR10, write("a.tar.gz", Arrays.copyOf(whole, whole.length - 1)), "one that is cut off");
    }

    @Test
    void aWrongChecksumOfGzipIsRefused() throws IOException {
        byte[] whole = CifarFiles.gzip(CifarFiles.tar(BIN, CifarFiles.cifar10(1)));
        whole[whole.length - 8] ^= 1;
        assertRefused(Cifar.CIFAR10, write("a.tar.gz", whole), "a damaged gzip file (corrupt GZIP trailer)");
    }

    /** Every entry is within its bound, and so is their sum, until the archive ends with zeros without end. */
    @Test
    void anArchiveThatUnpacksToFarMoreIsReadNoFurtherThanItsDataSetGoes() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(CifarFiles.tar(BIN, CifarFiles.cifar10(1)));
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 220; i++) {
                out.write(zeros);
            }
        }
        assertRefused(Cifar.CIFAR10, write("a.tar.gz", packed.toByteArray()), "bytes that this data set has");
    }

    @Test
    void aClaimedSizeReservesNoMemory() throws IOException {
        byte[] huge = CifarFiles.header(BIN + "data_batch_1.bin", '0', 8L << 30 - 1);
        assertRefused(Cifar.CIFAR10, write("a.tar", huge), "more than the 201157216 bytes that this data set has");
        byte[] fits = CifarFiles.header(BIN + "data_batch_1.bin", '0', 30_730_000);
        assertRefused(Cifar.CIFAR10, write("a.tar", fits), "one that is cut off");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "2", "3", "6"})
    void linksAndDevicesInAnArchiveAreRefused(String type) throws IOException {
        byte[] tar = CifarFiles.tar(BIN, CifarFiles.cifar10(1));
        System.arraycopy(CifarFiles.header(BIN + "data_batch_1.bin", type.charAt(0), 0), 0, tar, 512, 512);
        assertRefused(Cifar.CIFAR10, write("a.tar", tar), BIN + "data_batch_1.bin", "file");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../data_batch_1.bin", "/etc/data_batch_1.bin", "x/../../data_batch_1.bin"})
    void namesThatLeadOutOfAnArchiveAreRefused(String name) throws IOException {
        Path archive = write("a.tar", CifarFiles.tar("", Map.of(name, new byte[3073])));
        assertRefused(Cifar.CIFAR10, archive, "which leads out of the archive");
    }

    @Test
    void aFileThatIsInAnArchiveTwiceIsRefused() throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        CifarFiles.cifar10(1).forEach((name, content) -> {
            files.put("a/" + name, content);
            files.put("b/" + name, content);
        });
        assertRefused(Cifar.CIFAR10, write("a.tar", CifarFiles.tar("", files)), "the file data_batch_1.bin twice");
    }

    @Test
    void aDamagedHeaderIsRefused() throws IOException {
        byte[] tar = CifarFiles.tar(BIN, CifarFiles.cifar10(1));
        tar[512 + 130] ^= 1;
        assertRefused(Cifar.CIFAR10, write("a.tar", tar), "a header with a wrong checksum in entry 2");
    }

    @Test
    void anArchiveOfManyEntriesIsRefused() throws IOException {
        Map<String, byte[]> files =
                IntStream.range(0, 1100).boxed().collect(Collectors.toMap(i -> "f" + i, i -> new byte[0]));
        assertRefused(Cifar.CIFAR10, write("a.tar", CifarFiles.tar("", files)), "more than 1000 entries");
    }

    /** What GNU tar and pax write beside the files. */
    @Test
    void namesAndAttributesOfOtherTarsArePassedOver() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (char type : new char[] {'g', 'x', 'L'}) {
            out.writeBytes(CifarFiles.header("././@PaxHeader", type, 20));
            out.writeBytes(new byte[512]);
        }
        out.writeBytes(CifarFiles.tar("./" + BIN, CifarFiles.cifar10(1)));
        assertThat(read(Cifar.CIFAR10, write("a.tar", out.toByteArray())).test().labels())
                .containsExactly(5);
    }

    @Test
    void anUnreadableFileIsNamed() throws IOException {
        unpack("", CifarFiles.cifar10(1));
        Path file = folder.resolve("data_batch_2.bin");
        org.junit.jupiter.api.Assumptions.assumeTrue(
                file.toFile().setReadable(false) && !Files.isReadable(file), "root reads every file");
        assertRefused(Cifar.CIFAR10, folder, "cannot read " + file + " of cifar10: permission denied");
    }
}
