package io.mambapkd.data.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.storage.LockHolder;
import io.mambapkd.storage.ProcessLock;
import io.mambapkd.storage.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One data set, fetched by two processes at once. */
final class FetchTwiceTest {
    @TempDir
    private Path folder;

    private final byte[] content = new byte[300_000];
    private LocalServer server;
    private Path target;
    private Path lock;

    @BeforeEach
    void start() throws IOException {
        new Random(7).nextBytes(content);
        server = new LocalServer(content);
        target = folder.resolve("cifar-10-binary.tar.gz");
        lock = folder.resolve(".cifar10.lock");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private List<Path> get(Consumer<LockHolder> whileWaiting) {
        Published set =
                Published.of("cifar10").from(server.url("/file")).with(new Checksum("SHA-256", Sha256.hex(content)));
        return new Fetch(folder, Duration.ofSeconds(30), content.length).get(set, new Fetch.Listener() {
            @Override
            public void started(String file) {}

            @Override
            public void progress(String file, long done, long total) {}

            @Override
            public void waiting(LockHolder holder) {
                whileWaiting.accept(holder);
            }
        });
    }

    @Test
    void whatAnotherProcessGetsIsWaitedForAndTaken() throws IOException {
        ProcessLock other = ProcessLock.take(lock);
        assertThat(get(holder -> {
                    assertThat(holder.pid()).isEqualTo(ProcessHandle.current().pid());
                    try {
                        Files.write(target, content);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                    other.close();
                }))
                .isEmpty();
        assertThat(server.requests).isEmpty();
    }

    @Test
    void whereTheOtherProcessFailsTheFileIsDownloaded() throws IOException {
        ProcessLock other = ProcessLock.take(lock);
        assertThat(get(holder -> {
                    assertThat(server.requests).isEmpty();
                    other.close();
                }))
                .containsExactly(target);
        assertThat(server.requests).hasSize(1);
        assertThat(target).hasBinaryContent(content);
        assertThat(ProcessLock.holder(lock)).isEmpty();
    }

    @Test
    void theWaitingCanBeStopped() throws IOException {
        try (ProcessLock other = ProcessLock.take(lock)) {
            assertThat(other).isNotNull();
            assertThatThrownBy(() -> get(holder -> Thread.currentThread().interrupt()))
                    .isInstanceOf(InputException.class)
                    .hasMessage("stopped while another process gets cifar10; start again");
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(server.requests).isEmpty();
    }

    @Test
    void whatIsThereIsFoundWithoutWaiting() throws IOException {
        Files.write(target, content);
        try (ProcessLock other = ProcessLock.take(lock)) {
            assertThat(other).isNotNull();
            assertThat(get(FetchTwiceTest::unexpected)).isEmpty();
        }
    }

    @Test
    void aFolderThatCannotBeLockedIsUsedAllTheSame() throws IOException {
        Files.createDirectory(lock);
        assertThat(get(FetchTwiceTest::unexpected)).containsExactly(target);
    }

    private static void unexpected(LockHolder holder) {
        throw new AssertionError("waits for " + holder);
    }
}
