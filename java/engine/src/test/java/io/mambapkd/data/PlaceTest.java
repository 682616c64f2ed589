package io.mambapkd.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlaceTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ../.git/annex/objects/x | git-annex keeps the file elsewhere: fetch it with git annex get images
            /home/me/.dvc/cache/1f  | DVC keeps the file elsewhere: fetch it with dvc pull
            elsewhere               | put the file itself under this name, or correct the link
            """)
    void aLinkIntoNothingIsNamedWithItsTarget(String target, String remedy) throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("images"), Path.of(target));

        assertThatThrownBy(() -> Place.requireFile(link))
                .isInstanceOf(InputException.class)
                .hasMessage("expected an IDX file, got a link to " + target + ", which is not there, at " + link + "; "
                        + remedy);
        assertThatThrownBy(() -> Place.requireFolder(link))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("got a link to " + target + ", which is not there")
                .hasMessageEndingWith(remedy.replace("put the file itself under this name", "name the folder itself"));
    }

    @Test
    void aLinkToAFileIsTheFile() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        Path link = Files.createSymbolicLink(folder.resolve("images"), file);

        Place.requireFile(link);

        assertThat(IdxFile.at(link).bytes().size()).isZero();
    }

    @Test
    void aLoopOfLinksIsNamed() throws IOException {
        Path first = folder.resolve("a");
        Files.createSymbolicLink(first, folder.resolve("b"));
        Files.createSymbolicLink(folder.resolve("b"), first);

        assertThatThrownBy(() -> Place.requireFile(first))
                .isInstanceOf(InputException.class)
                .hasMessage("expected an IDX file, got a link that leads back to itself, at " + first
                        + "; put the file itself under this name");
    }

    @Test
    void devicesAndSocketsAreNamed() throws IOException {
        assertThatThrownBy(() -> Place.requireFile(Path.of("/dev/null")))
                .isInstanceOf(InputException.class)
                .hasMessage("expected an IDX file, got a device, at /dev/null; put the file itself under this name");
        Path socket = folder.resolve("s");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            assertThatThrownBy(() -> Place.requireFile(socket)).hasMessageContaining("got a socket, at " + socket);
            assertThatThrownBy(() -> Place.requireFolder(socket))
                    .hasMessage("expected a folder with the four IDX files, got a socket, at " + socket
                            + "; name the folder that holds them");
        }
    }

    /** A user who may do all has no folder that may not be entered, so the failure is given. */
    @Test
    void aFolderThatMayNotBeEnteredIsTheReason() {
        Path path = folder.resolve("closed");

        assertThat(Place.unreachable(
                        "expected an IDX file, got ", path, null, new AccessDeniedException(path.toString())))
                .hasMessage("expected an IDX file, got a path that may not be entered (permission denied), at " + path
                        + "; allow your user to read it and to enter its folders, or copy the files to a folder of your"
                        + " own");
    }

    @Test
    void theSignOfTheHomeFolderIsExplained() {
        assertThatThrownBy(() -> Place.requireFolder(Path.of("~/data/no-such-folder")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("got nothing, at ~/data/no-such-folder")
                .hasMessageEndingWith("the shell leaves ~ alone there: write $HOME in its place");
    }
}
