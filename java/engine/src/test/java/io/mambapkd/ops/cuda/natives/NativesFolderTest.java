package io.mambapkd.ops.cuda.natives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativesFolderTest {
    @TempDir
    Path parent;

    private static ByteArrayInputStream bytes() {
        return new ByteArrayInputStream(new byte[] {1, 2, 3});
    }

    @Test
    void theFolderIsOpenToItsUserAloneAndGoneAfterwards() throws IOException {
        try (NativesFolder folder = NativesFolder.in(parent)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.path())))
                    .isEqualTo("rwx------");
            assertThat(folder.put("lib.so", bytes())).hasBinaryContent(new byte[] {1, 2, 3});
        }
        assertThat(parent).isEmptyDirectory();
    }

    @Test
    void twoAtOnceHaveFoldersOfTheirOwn() {
        try (NativesFolder one = NativesFolder.in(parent);
                NativesFolder other = NativesFolder.in(parent)) {
            assertThat(one.put("lib.so", bytes())).isNotEqualTo(other.put("lib.so", bytes()));
        }
        assertThat(parent).isEmptyDirectory();
    }

    @Test
    void aFileThatIsThereAlreadyIsNotUsed() throws IOException {
        try (NativesFolder folder = NativesFolder.in(parent)) {
            Path planted = Files.write(folder.path().resolve("lib.so"), new byte[] {9});
            assertThatThrownBy(() -> folder.put("lib.so", bytes()))
                    .isInstanceOf(InputException.class)
                    .hasMessageStartingWith("cannot write " + planted);
        }
        assertThat(parent).isEmptyDirectory();
    }

    @Test
    void aFolderThatIsGoneAlreadyIsClosed() throws IOException {
        try (NativesFolder folder = NativesFolder.in(parent)) {
            Files.delete(folder.path());
        }
        assertThat(parent).isEmptyDirectory();
    }

    @Test
    void aDiskWithoutRoomIsNamedAndKeepsNoHalf() {
        InputStream refusing = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("No space left on device");
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                return read();
            }
        };
        InputStream full = new SequenceInputStream(bytes(), refusing);
        try (NativesFolder folder = NativesFolder.in(parent)) {
            assertThatThrownBy(() -> folder.put("lib.so", full))
                    .isInstanceOf(InputException.class)
                    .hasMessage("cannot write " + folder.path().resolve("lib.so") + " (no space left on device); name a"
                            + " place with more room with -Djava.io.tmpdir=FOLDER in MAMBA_PKD_OPTS");
        }
        assertThat(parent).isEmptyDirectory();
    }

    @Test
    void aFolderThatOthersMayEnterIsRefused() throws IOException {
        Path open = Files.createDirectory(parent.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-x---"));
        assertThatThrownBy(() -> NativesFolder.requirePrivate(open))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("must be of user")
                .hasMessageContaining("with mode 700, got user")
                .hasMessageContaining("with mode 750;");
    }

    @Test
    void aParentThatIsMissingIsNamed() {
        assertThatThrownBy(() -> NativesFolder.in(parent.resolve("missing")))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("cannot make a private folder in " + parent.resolve("missing"))
                .hasMessageEndingWith(
                        "(there is no such file or folder); name another place with -Djava.io.tmpdir=FOLDER in MAMBA_PKD_OPTS");
    }
}
