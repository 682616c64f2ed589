package io.mambapkd.bench.nvidia;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.bench.nvidia.ElfFile.Import;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Symbols of JCuda's libraries beside the lists that nm made of them, and files that are no libraries. */
class ElfFileTest {
    @TempDir
    Path folder;

    private ElfFile jcuda(String resource) throws IOException {
        Path file = folder.resolve("jcuda.so");
        assertThat(NvidiaLibraries.extract(resource, file)).isTrue();
        return ElfFile.read(file);
    }

    private static List<Import> imports(ElfFile elf, Predicate<String> which) {
        return elf.imports().stream()
                .filter(symbol -> which.test(symbol.name()))
                .toList();
    }

    @Test
    void jcudasLibraryForCudnnImportsItsNamesAtTheVersionOfCudnn9() throws IOException {
        ElfFile elf = jcuda(NvidiaLibraries.jcudnn());
        assertThat(imports(elf, name -> name.startsWith("cudnn")))
                .containsExactlyInAnyOrderElementsOf(FakeLibraries.imports("libraries/cudnn").stream()
                        .map(name -> new Import(name, "libcudnn.so.9", "libcudnn.so.9"))
                        .toList());
        assertThat(elf.needed()).contains("libcudnn.so.9", "libc.so.6");
        assertThat(elf.exports(new Import("Java_jcuda_jcudnn_JCudnn_cudnnGetVersionNative", "", "")))
                .isTrue();
    }

    @Test
    void jcudasLibraryForCublasImportsItsNamesAtTheVersionOfCublas12() throws IOException {
        assertThat(imports(jcuda(NvidiaLibraries.jcublas()), name -> name.startsWith("cublas")))
                .containsExactlyInAnyOrderElementsOf(FakeLibraries.imports("libraries/cublas").stream()
                        .map(name -> new Import(name, "libcublas.so.12", "libcublas.so.12"))
                        .toList());
    }

    @Test
    void jcudasLibraryForTheDriverImportsItsNamesWithoutAVersion() throws IOException {
        assertThat(imports(jcuda(NvidiaLibraries.jcudaDriver()), name -> name.matches("cu[A-Z].*")))
                .containsExactlyInAnyOrderElementsOf(FakeLibraries.imports("driver").stream()
                        .map(name -> new Import(name, "", ""))
                        .toList());
    }

    @Test
    void aSymbolOfAnotherVersionIsNotExported() throws IOException {
        FakeLibraries.require();
        Path file = folder.resolve("libcublas.so.13");
        try {
            new FakeLibraries(Files.createDirectory(folder.resolve("sources"))).stubs(file, List.of("cublasCreate_v2"));
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
        ElfFile elf = ElfFile.read(file);
        assertThat(elf.exports(new Import("cublasCreate_v2", "libcublas.so.13", "libcublas.so.13")))
                .isTrue();
        assertThat(elf.exports(new Import("cublasCreate_v2", "", ""))).isTrue();
        assertThat(elf.exports(new Import("cublasCreate_v2", "libcublas.so.12", "libcublas.so.12")))
                .isFalse();
        assertThat(elf.exports(new Import("cublasDestroy_v2", "", ""))).isFalse();
    }

    @Test
    void filesThatAreNoLibrariesAreRefusedWithAReason() throws IOException {
        Path file = folder.resolve("x.so");
        Files.writeString(
                file, "version https://git-lfs.github.com/spec/v1\noid sha256:0123456789abcdef0123456789abcdef\n");
        assertThatThrownBy(() -> ElfFile.read(file))
                .isInstanceOf(ElfFile.NotElf.class)
                .hasMessage("it is no 64-bit ELF file");
        Files.writeString(file, "");
        assertThatThrownBy(() -> ElfFile.read(file))
                .isInstanceOf(ElfFile.NotElf.class)
                .hasMessage("it has only 0 bytes");
    }

    /** The tables of sections are at its end, those of symbols near its start. */
    @Test
    void aLibraryThatIsCutOffIsRefusedWhereverItWasCut() throws IOException {
        Path whole = folder.resolve("whole.so");
        assertThat(NvidiaLibraries.extract(NvidiaLibraries.jcudnn(), whole)).isTrue();
        byte[] bytes = Files.readAllBytes(whole);
        Path cut = folder.resolve("cut.so");
        for (int length : new int[] {64, 1000, bytes.length / 2, bytes.length - 1}) {
            Files.write(cut, Arrays.copyOf(bytes, length));
            assertThatThrownBy(() -> ElfFile.read(cut))
                    .as("%d bytes", length)
                    .isInstanceOf(ElfFile.NotElf.class)
                    .hasMessageContaining("cut off or damaged");
        }
    }
}
