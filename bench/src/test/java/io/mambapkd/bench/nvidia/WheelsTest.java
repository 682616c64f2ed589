package io.mambapkd.bench.nvidia;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WheelsTest {
    @TempDir
    Path folder;

    private Path target = Path.of("");

    @BeforeEach
    void target() throws IOException {
        target = Files.createDirectory(folder.resolve("target"));
    }

    private Path wheel(String name, String... entries) throws IOException {
        Path file = folder.resolve(name);
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (String entry : entries) {
                zip.putNextEntry(new ZipEntry(entry));
                zip.write(entry.getBytes(StandardCharsets.UTF_8));
                zip.closeEntry();
            }
        }
        return file;
    }

    private void refused(String words, Path... wheels) {
        assertThatThrownBy(() -> Wheels.unpack(List.of(wheels), target))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(words);
    }

    @Test
    void whatConvolutionsAndProductsUseIsUnpackedWithoutItsFolders() throws IOException {
        Path cublas = wheel(
                "a.whl",
                "nvidia/cu13/lib/libcublas.so.13",
                "nvidia/cu13/lib/libcublasLt.so.13",
                "nvidia/cu13/lib/libnvblas.so.13");
        Path cudnn = wheel(
                "b.whl",
                "../../libcudnn.so.9",
                "nvidia/cudnn/lib/libcudnn_adv.so.9",
                "nvidia/cudnn/lib/libcudnn_ops.so.9",
                "nvidia/cudnn/include/cudnn.h");
        assertThat(Wheels.in(folder)).containsExactly(cublas, cudnn);
        Wheels.unpack(List.of(cublas, cudnn), target);
        try (Stream<Path> files = Files.list(target)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "libcublas.so.13", "libcublasLt.so.13", "libcudnn.so.9", "libcudnn_ops.so.9");
        }
        assertThat(target.resolve("libcublas.so.13")).hasContent("nvidia/cu13/lib/libcublas.so.13");
    }

    @Test
    void wheelsOfSomethingElseAreRefused() throws IOException {
        refused(
                "expected wheels of cuBLAS 12 or 13 or of cuDNN 9, got nvidia_cuda_nvrtc.whl; download",
                wheel("nvidia_cuda_nvrtc.whl", "nvidia/cu13/lib/libnvrtc.so.13"));
    }

    @Test
    void twoWheelsOfOneLibraryAreRefused() throws IOException {
        refused(
                "expected one wheel with libcudnn.so.9, got a.whl and b.whl; leave one of them in the folder",
                wheel("a.whl", "x/libcudnn.so.9"),
                wheel("b.whl", "y/libcudnn.so.9"));
    }

    @Test
    void aWheelThatIsCutOffIsRefused() throws IOException {
        Path wheel = wheel("a.whl", "x/libcudnn.so.9");
        Files.write(wheel, Arrays.copyOf(Files.readAllBytes(wheel), 60));
        refused("the wheel " + wheel + " cannot be read: ", wheel);
    }

    @Test
    void aDiskWithoutRoomIsRefusedBeforeAnythingIsWritten() {
        Wheels.requireRoom(1 << 20, 1 << 20, target);
        assertThatThrownBy(() -> Wheels.requireRoom((1 << 20) + 1, 1 << 20, target))
                .isInstanceOf(InputException.class)
                .hasMessage("unpacking the wheels needs 2 MiB, of which 1 are free in " + folder
                        + "; make room, or name another folder with MAMBA_PKD_OPTS=-Djava.io.tmpdir=FOLDER");
    }
}
