package io.mambapkd.data.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.storage.LockHolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FetchTest {
    private static final int BYTES = 300_000;
    private static final Fetch.Listener NOBODY = new Fetch.Listener() {
        @Override
        public void started(String file) {}

        @Override
        public void progress(String file, long done, long total) {}

        @Override
        public void waiting(LockHolder holder) {}
    };

    @TempDir
    Path folder;

    private LocalServer server;
    private byte[] content;

    @BeforeEach
    void start() throws IOException {
        content = new byte[BYTES];
        new Random(7).nextBytes(content);
        server = new LocalServer(content);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Path target() {
        return folder.resolve("cifar-10-binary.tar.gz");
    }

    private Path part() {
        return folder.resolve("cifar-10-binary.tar.gz.part");
    }

    private static Checksum sha256(byte[] bytes) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
            return new Checksum("SHA-256", HexFormat.of().formatHex(hash));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private List<Path> get(String path) {
        return get(path, Duration.ofSeconds(30), 1 << 20, NOBODY);
    }

    private List<Path> get(String path, Duration patience, long most, Fetch.Listener listener) {
        Published set = Published.of("cifar10").from(server.url(path)).with(sha256(content));
        return new Fetch(folder, patience, most).get(set, listener);
    }

    private void assertRefused(String path, String... parts) {
        assertThatThrownBy(() -> get(path)).isInstanceOf(InputException.class).hasMessageContainingAll(parts);
    }

    private Path lock() {
        return folder.resolve(".cifar10.lock");
    }

    private void assertNothingLeft() throws IOException {
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(lock());
        }
    }

    @Test
    void aFileIsDownloadedOnceAndProgressIsTold() throws IOException {
        long[] last = new long[2];
        List<Path> downloaded = get("/file", Duration.ofSeconds(30), BYTES, new Fetch.Listener() {
            @Override
            public void started(String file) {
                assertThat(file).isEqualTo("cifar-10-binary.tar.gz");
            }

            @Override
            public void progress(String file, long done, long total) {
                assertThat(done).isGreaterThanOrEqualTo(last[0]);
                last[0] = done;
                last[1] = total;
            }

            @Override
            public void waiting(LockHolder holder) {
                throw new AssertionError("waits for " + holder);
            }
        });
        assertThat(downloaded).containsExactly(target());
        assertThat(target()).hasBinaryContent(content);
        assertThat(last).containsExactly(BYTES, BYTES);
        assertThat(server.requests.get(0)).doesNotContainKey("Range");

        assertThat(get("/file")).isEmpty();
        assertThat(server.requests).hasSize(1);
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactlyInAnyOrder(target(), lock());
        }
    }

    @Test
    void anotherFileUnderTheNameIsNotReplaced() throws IOException {
        Files.writeString(target(), "mine");
        assertRefused("/file", "expected a file with " + sha256(content), "at " + target(), "remove it");
        assertThat(target()).hasContent("mine");
        assertThat(server.requests).isEmpty();
    }

    @Test
    void aDownloadThatWasCutIsGoneOnWith() throws IOException {
        server.cutAfter = BYTES / 2;
        assertRefused("/file", "lost the connection to " + server.url("/file"), " of " + BYTES + " bytes");
        byte[] got = Files.readAllBytes(part());
        assertThat(got).isNotEmpty().isEqualTo(Arrays.copyOf(content, got.length));
        assertThat(target()).doesNotExist();

        server.cutAfter = -1;
        get("/file");
        assertThat(server.requests.get(1).getFirst("Range")).isEqualTo("bytes=" + got.length + "-");
        assertThat(server.requests.get(1).getFirst("If-Range")).isEqualTo("\"one\"");
        assertThat(target()).hasBinaryContent(content);
        assertThat(part()).doesNotExist();
        assertThat(folder.resolve("cifar-10-binary.tar.gz.part.of")).doesNotExist();
    }

    @Test
    void aServerWithoutRangesSendsAllAgain() {
        server.cutAfter = BYTES / 2;
        assertRefused("/file", "lost the connection");
        server.cutAfter = -1;
        server.ranges = false;
        get("/file");
        assertThat(target()).hasBinaryContent(content);
    }

    @Test
    void aFileThatHasChangedSinceIsGotWhole() {
        server.cutAfter = BYTES / 2;
        assertRefused("/file", "lost the connection");
        server.cutAfter = -1;
        server.tag = "\"two\"";
        content = content.clone();
        content[0]++;
        server.content = content;
        get("/file");
        assertThat(target()).hasBinaryContent(content);
    }

    @Test
    void aPartOfAnotherAddressIsNotGoneOnWith() {
        server.cutAfter = BYTES / 2;
        assertRefused("/file", "lost the connection");
        server.cutAfter = -1;
        get("/file?other");
        assertThat(server.requests.get(1)).doesNotContainKey("Range");
        assertThat(target()).hasBinaryContent(content);
    }

    @Test
    void aPartThatIsLongerThanTheFileIsStartedAnew() throws IOException {
        server.cutAfter = BYTES / 2;
        assertRefused("/file", "lost the connection");
        server.cutAfter = -1;
        Files.write(part(), new byte[BYTES + 5]);
        get("/file");
        assertThat(target()).hasBinaryContent(content);
    }

    @Test
    void aWholePartGetsItsNameWithoutARequest() throws IOException {
        Files.write(part(), content);
        get("/file");
        assertThat(target()).hasBinaryContent(content);
        assertThat(server.requests).isEmpty();
    }

    @Test
    void anotherContentIsRemovedAndBothChecksumsAreNamed() throws IOException {
        server.content = "something else".getBytes(StandardCharsets.UTF_8);
        assertRefused(
                "/file",
                "expected a file with " + sha256(content),
                "got 14 bytes with " + sha256(server.content),
                "which were removed");
        assertNothingLeft();
    }

    @ParameterizedTest
    @CsvSource({"404,not found", "403,not allowed", "503,the server has failed", "204,204"})
    void anAnswerWithoutTheFileIsNamed(int status, String meaning) throws IOException {
        server.on("/status", exchange -> exchange.sendResponseHeaders(status, -1));
        assertRefused("/status", "got the answer " + status, meaning, "put it at " + target());
        assertNothingLeft();
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void threeRedirectionsAreFollowed(int status) {
        server.on("/a", LocalServer.redirect(status, "/b"));
        server.on("/b", LocalServer.redirect(status, server.url("/c")));
        server.on("/c", LocalServer.redirect(status, "file"));
        get("/a");
        assertThat(target()).hasBinaryContent(content);
    }

    @Test
    void aCircleOfRedirectionsEnds() {
        server.on("/a", LocalServer.redirect(302, "/b"));
        server.on("/b", LocalServer.redirect(302, "/a"));
        assertRefused("/a", "got more than 3 redirections");
        assertThat(server.requests).hasSize(4);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"file:///etc/passwd", "http://192.0.2.1/x", "ftp://127.0.0.1/x", "jar:file:/x!/y", "", "a b"})
    void otherKindsOfAddressesAreNotFollowed(String location) throws IOException {
        server.on("/a", LocalServer.redirect(302, location));
        assertRefused("/a", "got a redirection to '" + location + "', which is not followed");
        assertNothingLeft();
    }

    @Test
    void aFileThatIsTooLargeIsNotKept() throws IOException {
        assertThatThrownBy(() -> get("/file", Duration.ofSeconds(30), BYTES - 1, NOBODY))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("got more than " + (BYTES - 1) + " bytes");
        assertNothingLeft();
    }

    @Test
    void aConnectionOnWhichNothingComesIsGivenUpAndThePartStays() throws IOException {
        server.cutAfter = BYTES / 2;
        server.silent = true;
        assertThatThrownBy(() -> get("/file", Duration.ofMillis(400), BYTES, NOBODY))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("nothing came for");
        byte[] got = Files.readAllBytes(part());
        assertThat(got).isNotEmpty().isEqualTo(Arrays.copyOf(content, got.length));
    }

    @Test
    void whereThereIsNoServerTheSentenceSaysHowToDoWithout() throws IOException {
        String url = server.url("/file");
        server.close();
        assertRefused(
                "/file",
                "cannot reach 127.0.0.1 (no connection)",
                "get " + url + " by other means and put it at " + target());
        assertNothingLeft();
    }

    @Test
    void aLinkInThePlaceOfThePartIsNotWrittenThrough() throws IOException {
        Path other = Files.writeString(folder.resolve("other"), "mine");
        Files.createSymbolicLink(part(), other);
        assertRefused("/file", "cannot write " + part());
        assertThat(other).hasContent("mine");
    }

    @Test
    void aFolderThatCannotBeMadeIsNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("taken"), "");
        Published set = Published.of("cifar10").from(server.url("/file")).with(sha256(content));
        assertThatThrownBy(() -> new Fetch(file, Duration.ofSeconds(30), BYTES).get(set, NOBODY))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("cannot write " + file.resolve("cifar-10-binary.tar.gz.part"), "--data-dir");
    }

    @Test
    void theFilesOfFashionMnistComeFromOneFolderAndHaveAFolder() {
        Published set = Published.of("fashion-mnist").from(server.url("/file"));
        assertThatThrownBy(() -> new Fetch(folder, Duration.ofSeconds(30), BYTES).get(set, NOBODY))
                .hasMessageContainingAll(
                        "expected a file with the MD5 8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                        "from " + server.url("/file/train-images-idx3-ubyte.gz"));
        assertThat(folder.resolve("fashion-mnist")).isEmptyDirectory();
        assertThatThrownBy(() -> set.with(sha256(content))).hasMessageContaining("--sha256 belongs to one file");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://example.org/x",
                "file:///x",
                "x",
                "https://me:pw@example.org/x",
                "https:///x",
                "http://1.2"
            })
    void onlyHttpsIsAsked(String address) {
        Published set = Published.of("cifar10").from(address);
        assertThatThrownBy(() -> new Fetch(folder).get(set, NOBODY))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("expected an address that begins with https://", "'" + address + "'");
    }
}
