package io.mambapkd.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.TalkingChild;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ProcessLockTest {
    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("x.lock");
    }

    private static LockHolder holderOf(Path held) {
        return catchThrowableOfType(
                        ProcessLock.HeldException.class,
                        () -> ProcessLock.take(held).close())
                .holder();
    }

    private static LockHolder thisProcess() throws IOException {
        return new LockHolder(ProcessHandle.current().pid(), TalkingChild.host());
    }

    @Test
    void aFileIsHeldUntilItIsGivenBackAndStays() throws IOException {
        try (ProcessLock lock = ProcessLock.take(file)) {
            assertThat(lock).isNotNull();
            assertThat(holderOf(file)).isEqualTo(thisProcess());
            assertThat(holderOf(folder.resolve("../" + folder.getFileName() + "/x.lock")))
                    .isEqualTo(thisProcess());
            assertThat(ProcessLock.holder(file)).contains(thisProcess());
        }
        assertThat(ProcessLock.holder(file)).isEmpty();
        assertThat(file).isEmptyFile();
        ProcessLock.take(file).close();
    }

    @Test
    @Tag("process")
    void closingTwiceDoesNotTakeAwayTheLockOfAnother() throws IOException {
        ProcessLock first = ProcessLock.take(file);
        first.close();
        try (ProcessLock second = ProcessLock.take(file)) {
            first.close();
            assertThat(second).isNotSameAs(first);
            assertThat(ProcessLock.holder(file)).isPresent();
            assertHeldForOthers();
        }
    }

    private void assertHeldForOthers() throws IOException {
        try (TalkingChild child = TalkingChild.start(HoldingProgram.class, file.toString())) {
            assertThat(child.hear()).isEqualTo("refused: " + thisProcess());
        }
    }

    @Test
    void lookingMakesNothing() {
        assertThat(ProcessLock.holder(file)).isEmpty();
        assertThat(ProcessLock.holder(folder.resolve("absent/x.lock"))).isEmpty();
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aLinkIsNeitherFollowedNorReplaced() throws IOException {
        Path other = Files.writeString(folder.resolve("other"), "");
        Files.createSymbolicLink(file, other);
        assertNoLockFile("a link");
        Files.delete(other);
        assertNoLockFile("a link");
        assertThat(other).doesNotExist();
        assertThat(file).isSymbolicLink();
    }

    @Test
    void aFolderAndAnotherFileAreRefusedAndLeftAlone() throws IOException {
        Files.createDirectory(file);
        assertNoLockFile("a folder");
        Files.delete(file);
        for (String content : List.of("mine", "process 1 on host a\nmine", "\0".repeat(2000), "\0mine")) {
            Files.writeString(file, content);
            assertNoLockFile("a file with other content");
            assertThat(file).hasContent(content);
        }
    }

    @Test
    @Tag("process")
    void aPipeIsRefusedAndNotWaitedFor() throws Exception {
        assumeTrue(new ProcessBuilder("mkfifo", file.toString()).start().waitFor() == 0, "there is no mkfifo");
        assertNoLockFile("no plain file");
        assertThat(ProcessLock.holder(file)).isEmpty();
    }

    private void assertNoLockFile(String got) {
        assertThatThrownBy(() -> ProcessLock.take(file).close())
                .isInstanceOfSatisfying(
                        ProcessLock.NoLockFileException.class,
                        refused -> assertThat(refused.getReason()).isEqualTo(got));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "process 999999999999999999 on host elsewhere\n", "\0\0\0\0"})
    void whatAKilledProcessOrAPowerCutLeavesIsNoLock(String content) throws IOException {
        Files.writeString(file, content);
        ProcessLock.take(file).close();
        assertThat(file).isEmptyFile();
    }

    @Test
    void whereNoFileCanBeMadeTheReasonIsTold() {
        assertThatThrownBy(() -> ProcessLock.take(folder.resolve("absent/x.lock")))
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void whoWaitsGetsTheFileWhenItIsGivenBack() throws Exception {
        List<LockHolder> heard = new ArrayList<>();
        ProcessLock first = ProcessLock.take(file);
        try (ProcessLock second = ProcessLock.await(file, holder -> {
            heard.add(holder);
            if (heard.size() == 3) {
                first.close();
            }
        })) {
            assertThat(second).isNotSameAs(first);
            assertThat(heard).hasSize(3).containsOnly(thisProcess());
        }
    }

    @Test
    void anInterruptAndAListenerEndTheWaiting() throws IOException {
        try (ProcessLock held = ProcessLock.take(file)) {
            assertThat(held).isNotNull();
            assertThatThrownBy(() -> ProcessLock.await(
                            file, holder -> Thread.currentThread().interrupt()))
                    .isInstanceOf(InterruptedException.class);
            assertThatThrownBy(() -> ProcessLock.await(file, holder -> {
                        throw new IllegalStateException("stop");
                    }))
                    .hasMessage("stop");
            assertThat(ProcessLock.holder(file)).isPresent();
        }
    }

    @Test
    void anInterruptBeforeTheWaitingEndsItToo() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> ProcessLock.await(file, holder -> {})).isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
        assertThat(ProcessLock.holder(file)).isEmpty();
    }

    @Test
    @Tag("process")
    void anotherProcessIsNamedAndItsDeathFreesTheFile() throws Exception {
        try (TalkingChild child = TalkingChild.start(HoldingProgram.class, file.toString())) {
            LockHolder expected = new LockHolder(child.pid(), TalkingChild.host());
            assertThat(child.hear()).isEqualTo("held");
            assertThat(ProcessLock.holder(file)).contains(expected);
            assertThat(holderOf(file))
                    .isEqualTo(expected)
                    .hasToString("process " + child.pid() + " on host " + TalkingChild.host());
            assertThat(Files.readString(file))
                    .isEqualTo("process " + child.pid() + " on host " + TalkingChild.host() + "\n");
            child.kill();
            assertThat(ProcessLock.holder(file)).isEmpty();
            ProcessLock.take(file).close();
        }
    }

    /** Locks a file as {@link ProcessLock#holder} does, without a name in it, until it is told to end. */
    static final class NamelessProgram {
        private NamelessProgram() {}

        public static void main(String[] args) throws IOException {
            try (FileChannel channel = FileChannel.open(Path.of(args[0]), StandardOpenOption.READ);
                    FileLock lock = channel.lock(0, Long.MAX_VALUE, true)) {
                System.out.println("shared " + lock.isShared());
                System.in.read();
            }
        }
    }

    @Test
    @Tag("process")
    void whoNamesNobodyIsAskedAgainAsHeMayOnlyBeLooking() throws Exception {
        Files.createFile(file);
        try (TalkingChild child = TalkingChild.start(NamelessProgram.class, file.toString())) {
            assertThat(child.hear()).isEqualTo("shared true");
            assertThat(ProcessLock.holder(file)).as("two may look at once").isEmpty();
            assertThat(holderOf(file)).hasToString("another process");
            child.tell("end");
            ProcessLock.take(file).close();
        }
    }

    /** POSIX ends a lock where its process closes any other stream on the file. */
    @Test
    @Tag("process")
    void aProcessThatAsksForItsOwnFileKeepsIt() throws Exception {
        try (ProcessLock lock = ProcessLock.take(file)) {
            assertThat(lock).isNotNull();
            assertThat(ProcessLock.holder(file)).contains(thisProcess());
            assertThat(holderOf(file)).isEqualTo(thisProcess());
            assertHeldForOthers();
        }
    }

    @Test
    void theNameOfTheMachineIsOneWord() throws IOException {
        Path kernel = Files.writeString(folder.resolve("hostname"), "two words\u001b[1m\n");
        assertThat(LockHolder.host(kernel, Map.of())).isEqualTo("two?words?[1m");
        Path absent = folder.resolve("absent");
        assertThat(LockHolder.host(absent, Map.of("COMPUTERNAME", "A"))).isEqualTo("A");
        assertThat(LockHolder.host(absent, Map.of())).isEqualTo("unknown");
        Files.write(kernel, "n".repeat(1000).getBytes(StandardCharsets.UTF_8));
        LockHolder holder = new LockHolder(7, LockHolder.host(kernel, Map.of()));
        assertThat(LockHolder.of(holder.line())).isEqualTo(holder);
    }
}
