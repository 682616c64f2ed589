package io.mambapkd.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.InputException;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Places that users name: whatever is there, it is written as it is meant, and never lost. */
class OutputFileTest {
    @TempDir
    private Path folder;

    private static void write(Path place, String text) {
        OutputFile.of("--json", place).write(text);
    }

    private Object unix(String attribute, String name) throws IOException {
        return Files.getAttribute(folder.resolve(name), "unix:" + attribute, LinkOption.NOFOLLOW_LINKS);
    }

    private static boolean ran(String... command) throws Exception {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException missing) {
            return false;
        }
    }

    @Test
    void lookingAtAPlaceChangesNothing() throws IOException {
        Path there = Files.writeString(folder.resolve("there"), "before");

        assertThatCode(() -> OutputFile.of("--json", there)).doesNotThrowAnyException();
        assertThatCode(() -> OutputFile.of("--json", folder.resolve("new"))).doesNotThrowAnyException();

        assertThat(there).hasContent("before");
        assertThat(folder.resolve("new")).doesNotExist();
    }

    @Test
    void aNewFileHasThePermissionsOfAnyNewFile() throws IOException {
        Path plain = Files.writeString(folder.resolve("plain"), "");

        write(folder.resolve("new"), "größer");

        assertThat(folder.resolve("new")).hasContent("größer");
        assertThat(Files.getPosixFilePermissions(folder.resolve("new")))
                .isEqualTo(Files.getPosixFilePermissions(plain));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-------", "rw-r-----", "rwxrwxrwx", "rw-rw-rw-"})
    void aReplacedFileKeepsItsPermissions(String permissions) throws IOException {
        Path file = Files.writeString(folder.resolve("a"), "before, and longer than after");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        Object inode = unix("ino", "a");

        write(file, "after");

        assertThat(file).hasContent("after");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo(permissions);
        // In one step, so by another file.
        assertThat(unix("ino", "a")).isNotEqualTo(inode);
    }

    @Test
    void aReplacedFileKeepsItsOwner() throws IOException {
        Path file = Files.writeString(folder.resolve("a"), "before");
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "only root gives files away");
        Files.setAttribute(file, "unix:uid", 1234);
        Files.setAttribute(file, "unix:gid", 4321);

        write(file, "after");

        assertThat(file).hasContent("after");
        assertThat(unix("uid", "a")).isEqualTo(1234);
        assertThat(unix("gid", "a")).isEqualTo(4321);
    }

    @Test
    void aFileOfTwoNamesStaysOne() throws IOException {
        Path file = Files.writeString(folder.resolve("a"), "before, and longer than after");
        Files.createLink(folder.resolve("b"), file);

        write(file, "after");

        assertThat(folder.resolve("b")).hasContent("after");
        assertThat(unix("ino", "a")).isEqualTo(unix("ino", "b"));
    }

    @Test
    void aFileThatMayNotBeWrittenIsLeftAlone() throws IOException {
        Path file = Files.writeString(folder.resolve("a"), "before");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
        assumeTrue(!Files.isWritable(file), "root may write all files");

        assertThatThrownBy(() -> write(file, "after"))
                .isInstanceOf(InputException.class)
                .hasMessage("expected a file with --json, got one that may not be written at " + file
                        + "; change its permissions, or name another file");
        assertThat(file).hasContent("before");
    }

    @ParameterizedTest
    @CsvSource({"target", "sub/target", "sub/../target"})
    void aLinkStaysAndWhatItLeadsToIsReplaced(String target) throws IOException {
        Files.createDirectory(folder.resolve("sub"));
        Files.writeString(folder.resolve(target), "before");
        Path first = Files.createSymbolicLink(folder.resolve("first"), Path.of(target));
        Path second = Files.createSymbolicLink(folder.resolve("second"), first);

        write(second, "after");

        assertThat(folder.resolve(target)).hasContent("after");
        assertThat(Files.isSymbolicLink(first)).isTrue();
        assertThat(Files.isSymbolicLink(second)).isTrue();
        assertThat(Files.isSymbolicLink(folder.resolve(target))).isFalse();
    }

    @Test
    void aLinkToNothingStaysAndItsTargetIsMade() throws IOException {
        Path outside = Files.createDirectory(folder.resolve("outside"));
        Files.createSymbolicLink(folder.resolve("inside"), outside);
        // Its two dots are those of the folder behind the other link.
        Path link = Files.createSymbolicLink(outside.resolve("link"), Path.of("../made"));

        write(folder.resolve("inside/link"), "after");

        assertThat(folder.resolve("made")).hasContent("after");
        assertThat(Files.isSymbolicLink(link)).isTrue();
    }

    @Test
    void aLinkThatLeadsToItselfIsRefused() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("a"), Path.of("b"));
        Files.createSymbolicLink(folder.resolve("b"), Path.of("a"));

        assertThatThrownBy(() -> write(link, "x"))
                .isInstanceOf(InputException.class)
                .hasMessage("expected a file with --json, got a link that leads to itself at " + link
                        + "; name another file");
    }

    @Test
    void aLinkIntoAFolderThatThereIsNotIsRefused() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("a"), Path.of("missing/b"));

        assertThatThrownBy(() -> write(link, "x"))
                .isInstanceOf(InputException.class)
                .hasMessage("expected a file in a folder that can be written with --json, got " + link
                        + " with nothing at " + folder.resolve("missing") + "; make the folder, or name another file");
    }

    @Test
    void aFolderInPlaceOfTheFileIsRefusedAlsoBehindALink() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), folder);

        for (Path place : new Path[] {folder, link, folder.getRoot(), folder.resolve(".")}) {
            assertThatThrownBy(() -> write(place, "x"))
                    .isInstanceOf(InputException.class)
                    .hasMessage("expected a file with --json, got a folder at " + place
                            + "; name a file in a folder that there is");
        }
    }

    @Test
    void aFileInAFolderThatIsNoneIsRefused() throws IOException {
        Path missing = folder.resolve("missing");
        Path file = Files.writeString(folder.resolve("file"), "precious");

        assertThatThrownBy(() -> write(missing.resolve("x.json"), "x"))
                .isInstanceOf(InputException.class)
                .hasMessage("expected a file in a folder that can be written with --json, got "
                        + missing.resolve("x.json") + " with nothing at " + missing
                        + "; make the folder, or name another file");
        assertThatThrownBy(() -> write(file.resolve("x.json"), "x"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(" with a file at " + file);
        assertThat(file).hasContent("precious");
    }

    @Test
    void aSocketIsRefused() throws IOException {
        Path socket = folder.resolve("s");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));

            assertThatThrownBy(() -> write(socket, "x"))
                    .isInstanceOf(InputException.class)
                    .hasMessage("expected a file with --json, got a socket at " + socket + "; name a file");
            assertThat(Files.readAttributes(socket, "isOther").get("isOther")).isEqualTo(true);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Tag("process")
    void aPipeIsWrittenIntoOnceAndStays(boolean linked) throws Exception {
        Path pipe = folder.resolve("pipe");
        assumeTrue(ran("mkfifo", pipe.toString()), "there is no mkfifo");
        Path place = linked ? Files.createSymbolicLink(folder.resolve("link"), pipe) : pipe;
        CompletableFuture<String> reader = CompletableFuture.supplyAsync(() -> {
            try {
                return Files.readString(pipe);
            } catch (IOException failure) {
                return failure.toString();
            }
        });

        OutputFile file = OutputFile.of("--json", place);
        file.renew("half".getBytes(StandardCharsets.UTF_8));
        file.write("whole");

        assertThat(reader.get(20, TimeUnit.SECONDS)).isEqualTo("whole");
        assertThat(Files.readAttributes(pipe, "isOther").get("isOther")).isEqualTo(true);
        assertThat(Files.isSymbolicLink(place)).isEqualTo(linked);
    }

    @ParameterizedTest
    @CsvSource({"3, true", "7, false"})
    @Tag("process")
    void aDeviceIsWrittenIntoAndStays(int minor, boolean takes) throws Exception {
        Path device = folder.resolve("device");
        // 1,3 takes everything, as /dev/null does; 1,7 is always full.
        assumeTrue(ran("mknod", device.toString(), "c", "1", Integer.toString(minor)), "only root makes devices");
        assumeTrue(opens(device), "this file system has no devices");

        if (takes) {
            write(device, "x");
        } else {
            assertThatThrownBy(() -> write(device, "x"))
                    .isInstanceOf(InputException.class)
                    .hasMessage("cannot write " + device + ": no space left on device; make room or make the folder"
                            + " writable, or name another one with --json");
        }

        assertThat(Files.readAttributes(device, "isOther").get("isOther")).isEqualTo(true);
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(device);
        }
    }

    private static boolean opens(Path device) {
        try (FileInputStream in = new FileInputStream(device.toFile())) {
            return in.available() >= 0;
        } catch (IOException refused) {
            return false;
        }
    }

    @Test
    @Tag("process")
    void aDiskIsRefused() throws Exception {
        Path disk = folder.resolve("disk");
        // Of no driver: nothing would be lost.
        assumeTrue(ran("mknod", disk.toString(), "b", "240", "0"), "only root makes devices");

        assertThatThrownBy(() -> write(disk, "x"))
                .isInstanceOf(InputException.class)
                .hasMessage("expected a file with --json, got a disk at " + disk + "; name a file");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/proc/self/fd/", "/dev/fd/"})
    void anOpenStreamIsWrittenBehindWhatItHas(String streams) throws IOException {
        assumeTrue(Files.isDirectory(Path.of(streams)), "open streams are not listed there");
        Path log = Files.writeString(folder.resolve("log"), "");
        try (FileOutputStream open = new FileOutputStream(log.toFile())) {
            open.write("before ".getBytes(StandardCharsets.UTF_8));
            Object inode = unix("ino", "log");

            write(Path.of(streams, number(log)), "after");

            assertThat(log).hasContent("before after");
            assertThat(unix("ino", "log")).isEqualTo(inode);
        }
    }

    /** Of the stream of this process that has a file open. */
    private static String number(Path file) throws IOException {
        try (var streams = Files.list(Path.of("/proc/self/fd"))) {
            return streams.filter(stream -> {
                        try {
                            return Files.isSymbolicLink(stream)
                                    && Files.readSymbolicLink(stream).equals(file.toRealPath());
                        } catch (IOException closed) {
                            return false;
                        }
                    })
                    .map(stream -> String.valueOf(stream.getFileName()))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void aStreamThatIsNotOpenIsRefused() {
        assumeTrue(Files.isDirectory(Path.of("/proc/self/fd")), "open streams are not listed there");
        Path closed = Path.of("/proc/self/fd/98765");

        assertThatThrownBy(() -> write(closed, "x"))
                .isInstanceOf(InputException.class)
                .hasMessage(
                        "expected a file with --json, got a stream that is not open at " + closed + "; name a file");
    }

    @Test
    void aNameMayBeAsLongAsTheFileSystemAllows() throws IOException {
        Path file = folder.resolve("n".repeat(255));
        write(file, "first");
        write(file, "second");

        assertThat(file).hasContent("second");
        assertThatThrownBy(() -> write(folder.resolve("n".repeat(256)), "x"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(": file name too long; ")
                .hasMessageEndingWith("name another one with --json");
    }

    @Test
    void aPipeWithoutAReaderIsRefusedAndStays() throws Exception {
        Path pipe = folder.resolve("pipe");
        assumeTrue(ran("mkfifo", pipe.toString()), "there is no mkfifo");
        OutputFile file = OutputFile.of("--json", pipe);

        assertThatThrownBy(() -> file.write("lost"))
                .isInstanceOf(InputException.class)
                .hasMessage("expected a file with --json, got a pipe that no process reads at " + pipe
                        + "; start its reader first, or name a file");
        assertThat(Files.exists(pipe)).isTrue();
        assertThat(Files.isRegularFile(pipe)).isFalse();
    }
}
