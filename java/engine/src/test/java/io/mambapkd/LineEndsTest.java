package io.mambapkd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A clone has the bytes of the project, whatever line ends git is told to write. */
@Tag("process")
class LineEndsTest {
    /** A name of each kind that the project has, with what is read byte by byte there. */
    private static final List<String> TEXTS =
            List.of("Makefile", "README.md", "bin/mamba-pkd", "a.sh", "a.ptx", "a.tsv", "a.yaml", "A.java", "a.cu");

    private static final List<String> BINARIES = List.of("a.gz", "a.safetensors");

    @TempDir
    private Path folder;

    private void git(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("git", "-c", "user.name=a", "-c", "user.email=a@b.c"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }

    private static boolean hasGit() {
        try {
            return new ProcessBuilder("git", "--version")
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException | InterruptedException missing) {
            return false;
        }
    }

    @Test
    void aCloneForWindowsKeepsTheBytes() throws IOException, InterruptedException {
        assumeTrue(hasGit(), "there is no git");
        Path tree = Files.createDirectories(folder.resolve("tree/bin")).getParent();
        Files.copy(Checkout.path(".gitattributes"), tree.resolve(".gitattributes"));
        for (String name : TEXTS) {
            Files.writeString(tree.resolve(name), "first\nsecond\n");
        }
        for (String name : BINARIES) {
            Files.writeString(tree.resolve(name), "looks like text\r\nbut is none\n");
        }
        git("init", "-q", "tree");
        git("-C", "tree", "add", ".");
        git("-C", "tree", "commit", "-q", "-m", "all");

        git("clone", "-q", "-c", "core.autocrlf=true", "-c", "core.eol=crlf", "tree", "clone");

        for (String name : TEXTS) {
            assertThat(folder.resolve("clone").resolve(name))
                    .as(name)
                    .hasContent("first\nsecond\n")
                    .hasSize(13);
        }
        for (String name : BINARIES) {
            assertThat(folder.resolve("clone").resolve(name)).as(name).hasSize(29);
            assertThat(folder.resolve("clone").resolve(name)).as(name).hasSameBinaryContentAs(tree.resolve(name));
        }
    }
}
