package io.mambapkd.ops.cuda.natives;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Installations that keep their libraries in folders of their own. Needs no device. */
class LibraryFoldersTest {
    @TempDir
    Path root;

    private void files(String... names) throws IOException {
        for (String name : names) {
            Path file = root.resolve(name);
            Files.createDirectories(file.getParent());
            Files.createFile(file);
        }
    }

    private List<Path> found() {
        return LibraryFolders.checked("--cuda-libs", root.toString());
    }

    private List<Path> inRoot(String... folders) {
        return Stream.of(folders).map(root::resolve).toList();
    }

    @Test
    void aFolderOfCuda13IsTaken() throws IOException {
        files("libcublas.so.13");
        assertThat(found()).containsExactly(root.resolve(""));
    }

    /** Its lib64 is a link to the folder of the processor. */
    @Test
    void aToolkitIsTakenOnce() throws IOException {
        files("targets/x86_64-linux/lib/libcublas.so.12", "targets/x86_64-linux/lib/stubs/libcuda.so");
        Files.createSymbolicLink(root.resolve("lib64"), root.resolve("targets/x86_64-linux/lib"));
        assertThat(found()).isEqualTo(inRoot("lib64"));
        Files.delete(root.resolve("lib64"));
        assertThat(found()).isEqualTo(inRoot("targets/x86_64-linux/lib"));
    }

    @Test
    void wheelsHaveAFolderForEachProduct() throws IOException {
        files("cublas/lib/libcublas.so.12", "cuda_nvrtc/lib/libnvrtc.so.12", "cudnn/lib/libcudnn.so.9");
        assertThat(found()).isEqualTo(inRoot("cublas/lib", "cudnn/lib"));
    }

    @Test
    void theFolderAboveThatOfTheWheelsIsTakenToo() throws IOException {
        files("nvidia/cu13/lib/libcublas.so.13", "nvidia/cudnn/lib/libcudnn.so.9");
        assertThat(found()).isEqualTo(inRoot("nvidia/cu13/lib", "nvidia/cudnn/lib"));
    }

    @Test
    void anEnvironmentOfCondaHasThemInLib() throws IOException {
        files("lib/libcublas.so.12", "lib/libcudnn.so.9");
        assertThat(found()).isEqualTo(inRoot("lib"));
    }
}
