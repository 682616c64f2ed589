package io.mambapkd.ops.cuda.libraries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.doctor.ProbeProcess;
import io.mambapkd.doctor.ProbeProcess.Answer;
import io.mambapkd.ops.cuda.checkup.CudnnProbe;
import io.mambapkd.ops.cuda.driver.DevicePointers;
import io.mambapkd.ops.cuda.driver.Raw;
import io.mambapkd.ops.cuda.failures.CudaCallError;
import io.mambapkd.ops.cuda.failures.UnusableDeviceException;
import io.mambapkd.ops.cuda.natives.NvidiaLibrary;
import io.mambapkd.ops.cuda.options.CudaOptions;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import jcuda.jcublas.cublasStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What people read when cuBLAS or cuDNN is missing or fails. Needs no device. */
class LibraryMessagesTest {
    @TempDir
    Path folder;

    private static final Path FILE = Path.of("/tmp/private/libJCublas2.so");

    @Test
    void aMissingLibraryIsNamedWithTheRemedy() {
        assertThat(NvidiaLibrary.CUBLAS
                        .explanation(
                                FILE,
                                FILE + ": libcublas.so.12: cannot open shared object file: No such file or directory")
                        .sentence())
                .isEqualTo(
                        "cuBLAS of CUDA 12 is missing: libcublas.so.12 was not found; install it, name its folder with"
                                + " --cuda-libs FOLDER, or use --device cpu");
        assertThat(NvidiaLibrary.CUDNN
                        .explanation(
                                FILE,
                                FILE + ": libcudnn.so.9: cannot open shared object file: No such file or directory")
                        .sentence())
                .startsWith("cuDNN 9 is missing: libcudnn.so.9 was not found;");
    }

    @Test
    void aLibraryOfAnotherReleaseIsNamedWithTheRemedy() {
        assertThat(NvidiaLibrary.CUBLAS
                        .explanation(
                                FILE,
                                "/x/libcublas.so.12: version `libcublas.so.12' not found (required by " + FILE + ")")
                        .sentence())
                .isEqualTo("the libcublas.so.12 that was found is not that of cuBLAS of CUDA 12; name the folder of the"
                        + " right one with --cuda-libs FOLDER, or use --device cpu");
    }

    @Test
    void aFileThatIsNoLibraryIsNamed() {
        assertThat(NvidiaLibrary.CUDNN
                        .explanation(Path.of("/x/libcudnn.so.9"), "/x/libcudnn.so.9: file too short")
                        .sentence())
                .isEqualTo(
                        "cannot load /x/libcudnn.so.9: /x/libcudnn.so.9: file too short; name another folder of cuDNN 9"
                                + " with --cuda-libs FOLDER, or use --device cpu");
    }

    @Test
    void aLibraryThatNeedsAMissingOneIsNamedWithIt() {
        Path cublas = Path.of("/x/libcublas.so.12");
        assertThat(NvidiaLibrary.CUBLAS
                        .explanation(
                                cublas,
                                cublas
                                        + ": libcublasLt.so.12: cannot open shared object file: No such file or directory")
                        .sentence())
                .isEqualTo(
                        "/x/libcublas.so.12 needs libcublasLt.so.12, which was not found; name another folder of cuBLAS"
                                + " of CUDA 12 with --cuda-libs FOLDER, or use --device cpu");
    }

    @Test
    void aFolderFromWhichNothingRunsHasTheRemedyOfItsKind() {
        String words = "failed to map segment from shared object";
        assertThat(NvidiaLibrary.CUDNN
                        .explanation(Path.of("/x/libcudnn.so.9"), words)
                        .sentence())
                .isEqualTo(
                        "the folder /x does not let programs run from it (is it mounted noexec?); name another folder"
                                + " of cuDNN 9 with --cuda-libs FOLDER, or use --device cpu");
        assertThat(NvidiaLibrary.CUDNN
                        .explanation(Path.of("/tmp/mamba-pkd-natives-7/libJCudnn.so"), words)
                        .sentence())
                .isEqualTo(
                        "the folder /tmp/mamba-pkd-natives-7 does not let programs run from it (is it mounted noexec?);"
                                + " name another place with -Djava.io.tmpdir=FOLDER in MAMBA_PKD_OPTS");
    }

    @Test
    void foldersOfLibrariesComeFromTheEnvironment() throws IOException {
        Path first = Files.createDirectory(folder.resolve("first"));
        Path second = Files.createDirectory(folder.resolve("second"));
        Files.createFile(first.resolve("libcublas.so.12"));
        Files.createFile(second.resolve("libcudnn.so.9"));
        String path = first + File.pathSeparator + second;
        CudaOptions options = CudaOptions.of(0, Map.of("MAMBA_PKD_CUDA_LIBS", path));
        assertThat(options.libraryFolders()).isEqualTo(List.of(first, second));
        assertThat(options.libraries()).isEqualTo(CudaOptions.Libraries.AT_ONCE);
        assertThat(CudaOptions.of(0, Map.of()).libraryFolders()).isEmpty();
    }

    @Test
    void foldersWithoutTheLibrariesAreRefusedWithWhatTheyHave() throws IOException {
        CudaOptions usual = CudaOptions.of(0, Map.of());
        assertThatThrownBy(() -> usual.withLibraryFolders("--cuda-libs", "/no/such"))
                .isInstanceOf(InputException.class)
                .hasMessage(
                        "--cuda-libs: expected a folder with libcublas.so.12, libcublas.so.13 or libcudnn.so.9, got /no/such, which"
                                + " is no folder; install CUDA 12 or 13 and cuDNN 9, or name the folder that has them");
        String start = "--cuda-libs: expected libcublas.so.12, libcublas.so.13 or libcudnn.so.9 in the folder " + folder
                + ", got ";
        String end = "; install CUDA 12 or 13 and cuDNN 9, or name the folder that has them";
        assertThatThrownBy(() -> usual.withLibraryFolders("--cuda-libs", folder.toString()))
                .hasMessage(start + "none of them" + end);
        Files.createFile(folder.resolve("libcublas.so.11"));
        Files.createFile(folder.resolve("libcudnn.so.8"));
        Files.createFile(folder.resolve("libcudnn.so.8.9.7"));
        assertThatThrownBy(() -> usual.withLibraryFolders("--cuda-libs", folder.toString()))
                .hasMessage(start + "libcublas.so.11 and libcudnn.so.8" + end);
    }

    @Test
    void nothingIsRoundedUnlessAskedFor() {
        assertThat(CudaOptions.of(0, Map.of()).products()).isEqualTo(CudaOptions.Products.FLOAT32);
    }

    @Test
    void aFailedProductIsNamedWithItsArgumentsAndTheRemedy() {
        RuntimeException failure =
                CublasStatus.failure(cublasStatus.CUBLAS_STATUS_ALLOC_FAILED, "cublasSgemm(m=3, n=4, k=5)");
        assertThat(failure)
                .isInstanceOf(UnusableDeviceException.class)
                .hasMessage("cublasSgemm(m=3, n=4, k=5): CUBLAS_STATUS_ALLOC_FAILED, the device has no room left for"
                        + " cuBLAS; use a smaller batch");
        assertThat(CublasStatus.failure(99, "cublasCreate()"))
                .hasMessage("cublasCreate(): cuBLAS status 99; --device cpu does without CUDA");
    }

    /** The numbers are those of cuDNN 9; numbers that came later say what the thousand that they belong to means. */
    @ParameterizedTest
    @CsvSource({
        "1001, cuDNN could not start, 'see with nvidia-smi whether it fits the driver and whether the device has memory left, or use --device cpu'",
        "1002, the parts of cuDNN are of different versions, install all of it from one package",
        "2000, cuDNN does not take these arguments, --device cpu does without CUDA",
        "3000, cuDNN cannot do that, 'use another cuDNN 9 with --cuda-libs FOLDER, or --device cpu'",
        "3005, the driver is too old for this cuDNN, 'install a newer NVIDIA driver, or use another cuDNN 9 with --cuda-libs FOLDER, or --device cpu'",
        "3002, cuDNN cannot do that shape, 'use another cuDNN 9 with --cuda-libs FOLDER, or --device cpu'",
        "3999, cuDNN cannot do that, 'use another cuDNN 9 with --cuda-libs FOLDER, or --device cpu'",
        "4004, the device has no memory left for cuDNN, use a smaller batch",
        "5999, a kernel of cuDNN or one before it failed, run with MAMBA_PKD_CUDA_SYNC=1 to find which",
        "7, cuDNN failed, --device cpu does without CUDA"
    })
    void statusesOfCudnnAreSaidInWords(int status, String words, String remedy) {
        boolean unsupported = status >= 3000 && status < 4000;
        assertThat(CudnnStatus.isUnsupported(status)).isEqualTo(unsupported);
        assertThat(CudnnStatus.isRefusal(status)).isEqualTo(status >= 2000 && status < 4000);
        assertThat(CudnnStatus.failure(status, "cudnnCreate()"))
                .hasMessage("cudnnCreate(): " + words + " (cuDNN status " + status + "); " + remedy);
    }

    @Test
    void onlyCudnn9IsTaken() {
        assertThatCode(() -> CudnnHandle.requireVersion(90_501)).doesNotThrowAnyException();
        for (long version : new long[] {8_907, 89_999, 100_000}) {
            assertThatThrownBy(() -> CudnnHandle.requireVersion(version))
                    .hasMessage(
                            "cuDNN 9 is needed but version " + version + " was found; name the folder of the right one"
                                    + " with --cuda-libs FOLDER, or use --device cpu");
        }
    }

    @Test
    void aPartOfCudnnThatEndsTheProcessIsToldInTheLoadersWords() {
        assertThat(failure("printf '\\nUnable to load any of {libcudnn_cnn.so.9.5.1, libcudnn_cnn.so.9}\\n#\\n# A fatal"
                        + " error\\n# libcudnn\\n'; exit 134"))
                .isInstanceOf(UnusableDeviceException.class)
                .hasMessage(
                        "cuDNN cannot run here: a convolution in a process of its own ended with status 134 (Unable to"
                                + " load any of {libcudnn_cnn.so.9.5.1, libcudnn_cnn.so.9}); a part of cuDNN 9 may be missing or"
                                + " of another version, install all of it, name its folder with --cuda-libs FOLDER, or"
                                + " use --device cpu");
        assertThat(failure("exit 139")).hasMessageContaining("status 139 (without a word)");
    }

    @Test
    void whatTheProcessRefusesIsPassedOnAsItIs() {
        String script = "echo WARNING: something; echo 'mamba-pkd-probe origin=MACHINE'; echo 'mamba-pkd-probe"
                + " failure.remedy=install it'; echo 'mamba-pkd-probe failure=cuDNN 9 is missing'; exit 1";
        assertThat(failure(script))
                .isInstanceOf(UnusableDeviceException.class)
                .hasMessage("cuDNN 9 is missing; install it");
        assertThat(failure(script.replace("MACHINE", "PROGRAM"))).isInstanceOf(CudaCallError.class);
    }

    @Test
    void aConvolutionThatDoesNotEndIsNoFailureOfCudnn() {
        Answer late = ProbeProcess.ask(List.of("/bin/sh", "-c", "echo libcudnn; sleep 1000"), Duration.ofSeconds(1));
        assertThat(CudnnProbe.failure(late))
                .hasMessage("a convolution in a process of its own did not end within 1 s; the first one on a machine"
                        + " reads cuDNN from the disk: try again, or use --device cpu");
        assertThat(CudnnProbe.failure(ProbeProcess.ask(List.of("/no/such/command"), Duration.ofSeconds(20))))
                .hasMessageStartingWith("a convolution in a process of its own could not start: ")
                .hasMessageNotContaining("a part of cuDNN");
    }

    private static RuntimeException failure(String script) {
        return CudnnProbe.failure(ProbeProcess.ask(List.of("/bin/sh", "-c", script), Duration.ofSeconds(20)));
    }

    /** Products that fill a device by themselves, or with short sums, stay whole. */
    @ParameterizedTest
    @CsvSource({
        "34, 64, 200000, 782",
        "34, 64, 1024, 512",
        "34, 64, 1023, 1023",
        "64, 64, 1700, 567",
        "2048, 1024, 9999, 9999"
    })
    void sumsAreCutByTheSizesOfTheProductAlone(int m, int n, int k, int piece) {
        assertThat(CublasGemm.piece(m, n, k)).isEqualTo(piece);
    }

    @ParameterizedTest
    @ValueSource(longs = {64, 128, 0x7f00_0000_0100L})
    void anAddressIsTheSameObjectAsLongAsItIsKept(long address) {
        DevicePointers pointers = new DevicePointers();
        Raw first = pointers.at(address);
        assertThat(first.address()).isEqualTo(address);
        assertThat(pointers.at(address)).isSameAs(first);
        for (int i = 1; i < 5000; i++) {
            assertThat(pointers.at(address + 64L * i).address()).isEqualTo(address + 64L * i);
        }
        assertThat(pointers.at(address).address()).isEqualTo(address);
    }
}
