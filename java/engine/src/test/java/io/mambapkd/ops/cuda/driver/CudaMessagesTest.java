package io.mambapkd.ops.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.ops.cuda.failures.CudaCallError;
import io.mambapkd.ops.cuda.failures.DeviceLostException;
import io.mambapkd.ops.cuda.failures.NoSuchDeviceException;
import io.mambapkd.ops.cuda.failures.UnusableDeviceException;
import io.mambapkd.ops.cuda.libraries.CublasStatus;
import io.mambapkd.ops.cuda.libraries.CudnnStatus;
import io.mambapkd.ops.cuda.natives.CudaNatives;
import io.mambapkd.ops.cuda.options.CudaOptions;
import io.mambapkd.ops.cuda.ptx.PtxFamily;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import jcuda.driver.CUdevice;
import jcuda.driver.CUresult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What people read when something fails. Needs no device. */
class CudaMessagesTest {
    private static final PtxFamily FAMILY = PtxFamily.parse("scan", ".version 7.8\n.target sm_90\n");

    private static CudaDevice device(int driverVersion) {
        return new CudaDevice(0, "Some GPU", 90, 1L << 30, driverVersion, 100 << 10, new CUdevice());
    }

    @Test
    void aFailedCallIsNamedWithItsArgumentsAndItsStatus() {
        RuntimeException failure = CudaStatus.failure(
                CUresult.CUDA_ERROR_INVALID_VALUE,
                "cuLaunchKernel(selective_scan_fwd_n8_f32, grid=(32768, 1, 1), block=128, shared=0)");
        assertThat(failure)
                .hasMessage("cuLaunchKernel(selective_scan_fwd_n8_f32, grid=(32768, 1, 1), block=128, shared=0):"
                        + " CUDA_ERROR_INVALID_VALUE; --device cpu does without CUDA");
        assertThat(CudaStatus.isSticky(CUresult.CUDA_ERROR_INVALID_VALUE)).isFalse();
        assertThat(failure).isInstanceOf(CudaCallError.class).isNotInstanceOf(InputException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {700, 710, 714, 715, 716, 717, 718, 719})
    void aDeviceErrorSaysThatTheProcessIsLostAndHowToFindTheKernel(int status) {
        RuntimeException failure = CudaStatus.failure(status, "cuStreamSynchronize()");
        assertThat(failure)
                .hasMessage("the device reported " + CUresult.stringFor(status)
                        + " in or before cuStreamSynchronize(); this process cannot use it any more and has to be"
                        + " started again; run with MAMBA_PKD_CUDA_SYNC=1 to find the kernel");
        assertThat(CudaStatus.isSticky(status)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "214, nvidia-smi -q -d ECC",
        "220, nvidia-smi nvlink -e",
        "702, use a device without a display",
        "911, look for Xid",
        "999, look for Xid"
    })
    void aDeviceErrorOfHardwareSaysWhereToLook(int status, String remedy) {
        RuntimeException failure = CudaStatus.failure(status, "cuStreamSynchronize()");
        assertThat(failure)
                .hasMessageMatching(
                        "the device reported CUDA_ERROR_[A-Z_]+ in or before cuStreamSynchronize\\(\\); this"
                                + " process cannot use it any more and has to be started again; .*")
                .hasMessageContaining(remedy);
        assertThat(CudaStatus.isSticky(status)).isTrue();
        assertThat(failure).isInstanceOf(DeviceLostException.class);
    }

    /** Its kernel is known; what else to do is not. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "214 | its memory is failing: look at nvidia-smi -q -d ECC,PAGE_RETIREMENT and restart the machine, or"
                        + " choose another with --gpu, or use --device cpu",
                "700 | choose another with --gpu, or use --device cpu",
                "999 | look for Xid in the system's log to see whether it was lost, and choose another"
                        + " with --gpu, or use --device cpu"
            })
    void aDeviceErrorOfAKnownKernelSaysWhatToDo(int status, String remedy) {
        assertThat(CudaStatus.inKernel(status, "cuLaunchKernel(add_f32)"))
                .isInstanceOf(DeviceLostException.class)
                .hasMessage("the device reported " + CUresult.stringFor(status)
                        + " in cuLaunchKernel(add_f32); this process cannot use it any more and has to be started again; "
                        + remedy);
    }

    /** No kernel has run before the first call. */
    @Test
    void aDriverThatDoesNotStartSendsToItsModulesAndNotToAKernel() {
        assertThatThrownBy(() -> CudaStatus.checkStart(999))
                .isExactlyInstanceOf(UnusableDeviceException.class)
                .hasMessage(
                        "the NVIDIA driver does not start: cuInit(): CUDA_ERROR_UNKNOWN; see whether nvidia-smi works"
                                + " and what the system's log (dmesg) says of NVRM, load the modules nvidia and nvidia_uvm again or"
                                + " restart the machine, or use --device cpu");
        assertThatThrownBy(() -> CudaStatus.checkStart(100))
                .hasMessageStartingWith("cuInit(): CUDA_ERROR_NO_DEVICE; no NVIDIA GPU is visible");
        assertThatCode(() -> CudaStatus.checkStart(0)).doesNotThrowAnyException();
    }

    /** By the numbers of cuda.h, as JCuda's list is older. */
    @Test
    void statusesOfNewerDriversAreOfTheMachine() {
        assertThat(CudaStatus.failure(36, "f()"))
                .isInstanceOf(UnusableDeviceException.class)
                .hasMessage("f(): CUDA_ERROR_CALL_REQUIRES_NEWER_DRIVER; install a newer NVIDIA driver, or use --device"
                        + " cpu");
        assertThat(CudaStatus.failure(226, "f()"))
                .isInstanceOf(UnusableDeviceException.class)
                .hasMessageStartingWith("the device reported CUDA_ERROR_CONTAINED in or before f(); this process cannot"
                        + " use it any more and has to be started again; its link to other devices is failing: ");
        assertThat(CudaStatus.isSticky(226)).isTrue();
    }

    /** Memory, devices, drivers, libraries and other processes are the machine's; arguments, handles and captures are ours. */
    @Test
    void everyStatusOfTheDriverIsOfTheMachineOrOfTheProgram() throws IllegalAccessException {
        List<Integer> machine = List.of(
                2, 4, 34, 46, 100, 101, 102, 209, 214, 220, 221, 222, 223, 302, 303, 304, 700, 702, 709, 710, 714, 715,
                716, 717, 718, 719, 801, 802, 803, 804, 805, 806, 807, 808, 809, 810, 911, 999);
        List<Integer> program = List.of(
                1, 3, 5, 6, 7, 8, 200, 201, 202, 205, 206, 207, 208, 210, 211, 212, 213, 215, 216, 217, 218, 219, 224,
                300, 301, 400, 401, 500, 600, 701, 703, 704, 705, 706, 707, 708, 711, 712, 713, 720, 800, 811, 812, 900,
                901, 902, 903, 904, 905, 906, 907, 908, 909, 910, 912);
        List<Integer> known = new ArrayList<>(machine);
        known.addAll(program);
        List<Integer> all = new ArrayList<>();
        for (Field field : CUresult.class.getFields()) {
            all.add(field.getInt(null));
        }
        all.remove((Integer) CUresult.CUDA_SUCCESS);
        assertThat(known).containsExactlyInAnyOrderElementsOf(all);
        assertThat(machine)
                .allSatisfy(status ->
                        assertThat(CudaStatus.failure(status, "f()")).isInstanceOf(UnusableDeviceException.class));
        assertThat(program)
                .allSatisfy(
                        status -> assertThat(CudaStatus.failure(status, "f()")).isInstanceOf(CudaCallError.class));
    }

    /** Those of cuda.h after which the process, or the context, is of no use, and those of failing memory and links. */
    @Test
    void onlyAfterADeviceErrorTheProcessHasToBeStartedAgain() {
        assertThat(IntStream.range(1, 1000)
                        .filter(status -> CudaStatus.failure(status, "f()") instanceof DeviceLostException))
                .containsExactly(214, 220, 226, 700, 702, 710, 714, 715, 716, 717, 718, 719, 911, 999);
        assertThat(CudaStatus.inKernel(CUresult.CUDA_ERROR_OUT_OF_MEMORY, "f()"))
                .isExactlyInstanceOf(UnusableDeviceException.class);
    }

    /** What comes in later releases must not be hidden by a fallback to the CPU. */
    @Test
    void aStatusThatIsNotKnownIsAnErrorOfTheProgram() {
        assertThat(CudaStatus.failure(721, "f()"))
                .isInstanceOf(CudaCallError.class)
                .hasMessage("f(): CUDA status 721, which this program does not know; --device cpu does without CUDA");
        assertThat(CublasStatus.failure(99, "f()")).isInstanceOf(CudaCallError.class);
        assertThat(CudnnStatus.failure(7, "f()")).isInstanceOf(CudaCallError.class);
        assertThat(CudnnStatus.failure(6000, "f()")).isInstanceOf(CudaCallError.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 8, 13, 14, 15, 16})
    void failuresOfCublasOnThisMachineAreNoErrorsOfTheProgram(int status) {
        assertThat(CublasStatus.failure(status, "f()"))
                .isInstanceOfSatisfying(
                        UnusableDeviceException.class,
                        failure -> assertThat(failure.status()).isEqualTo(status));
    }

    @ParameterizedTest
    @ValueSource(ints = {7, 11})
    void argumentsThatCublasDoesNotTakeAreAnErrorOfTheProgram(int status) {
        assertThat(CublasStatus.failure(status, "f()")).isInstanceOf(CudaCallError.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {1001, 1008, 1999, 3000, 3002, 4004, 5000, 5999})
    void failuresOfCudnnOnThisMachineAreNoErrorsOfTheProgram(int status) {
        assertThat(CudnnStatus.failure(status, "f()")).isInstanceOf(UnusableDeviceException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {2000, 2006, 2999})
    void argumentsThatCudnnDoesNotTakeAreAnErrorOfTheProgram(int status) {
        assertThat(CudnnStatus.failure(status, "f()")).isInstanceOf(CudaCallError.class);
    }

    /** Only the driver's own status says so: what sets the batches is told then. */
    @Test
    void onlyTheDriverIsOutOfMemory() {
        assertThat(CudaStatus.failure(2, "f()"))
                .isInstanceOfSatisfying(
                        UnusableDeviceException.class,
                        failure -> assertThat(failure.isOutOfMemory()).isTrue());
        assertThat(CudaStatus.failure(46, "f()"))
                .isInstanceOfSatisfying(
                        UnusableDeviceException.class,
                        failure -> assertThat(failure.isOutOfMemory()).isFalse());
    }

    @Test
    void tf32IsRefusedWhereTheDeviceHasNone() {
        CudaDevice turing = new CudaDevice(1, "Some GPU", 75, 1L << 30, 12_080, 64 << 10, new CUdevice());
        assertThatThrownBy(() -> turing.requireProducts(CudaOptions.Products.TF32))
                .hasMessage("TF32 needs a GPU of compute capability 8.0 or higher but device 1, Some GPU, has 7.5;"
                        + " leave out --tf32, or choose another with --gpu");
        assertThatCode(() -> turing.requireProducts(CudaOptions.Products.FLOAT32))
                .doesNotThrowAnyException();
        assertThatCode(() -> device(12_080).requireProducts(CudaOptions.Products.TF32))
                .doesNotThrowAnyException();
    }

    @Test
    void aDeviceThatIsNotThereNamesThoseThatAre() {
        assertThat(new NoSuchDeviceException(3, 1))
                .hasMessage("expected CUDA device 0, the only one that the driver has, got 3; nvidia-smi -L lists them,"
                        + " --gpu chooses one");
        assertThat(new NoSuchDeviceException(8, 8))
                .hasMessageStartingWith("expected a CUDA device from 0 to 7 that the driver has, got 8;");
    }

    @Test
    void importantStatusesSayWhatToDo() {
        assertThat(CudaStatus.remedy(CUresult.CUDA_ERROR_NO_DEVICE)).contains("nvidia-smi", "--device cpu");
        assertThat(CudaStatus.remedy(CUresult.CUDA_ERROR_OUT_OF_MEMORY)).contains("smaller batch");
        assertThat(CudaStatus.remedy(CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU)).contains("7.5 or higher");
        assertThat(CudaStatus.remedy(CUresult.CUDA_ERROR_SYSTEM_DRIVER_MISMATCH))
                .contains("restart the machine");
    }

    @ParameterizedTest
    @ValueSource(ints = {CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION, CUresult.CUDA_ERROR_INVALID_PTX})
    void aDriverTooOldForThePtxIsToldWhichOneWouldDo(int status) {
        assertThat(PtxModule.refusal(status, FAMILY, device(11_040), "ptxas fatal : Unsupported .version 7.8"))
                .isInstanceOf(UnusableDeviceException.class)
                .hasMessage("cuModuleLoadDataEx(scan.ptx): " + CUresult.stringFor(status)
                        + "; PTX 7.8 needs a driver for CUDA 11.8 or newer but this one is for CUDA 11.4; install a"
                        + " newer NVIDIA driver, or use --device cpu");
    }

    @Test
    void brokenPtxIsReportedInTheCompilersWords() {
        assertThat(PtxModule.refusal(
                        CUresult.CUDA_ERROR_INVALID_PTX, FAMILY, device(12_080), "line 12;\n  error: syntax"))
                .isInstanceOf(CudaCallError.class)
                .hasMessage("cuModuleLoadDataEx(scan.ptx): CUDA_ERROR_INVALID_PTX: line 12; error: syntax;"
                        + " --device cpu does without CUDA");
    }

    @Test
    void anArenaWithoutRoomNamesTheBatchThatFits() {
        assertThat(CudaArena.refusal("student-1 activations", 4_000, 1_000, 2_000, 128)
                        .sentence())
                .isEqualTo("arena student-1 activations needs 4000 bytes of device memory, of which 1000 of 2000 are"
                        + " free; use a batch of at most 32 instead of 128");
        assertThat(CudaArena.refusal("a", 4_000, 10, 2_000, 128).sentence())
                .endsWith("not even a batch of 1 fits, use a smaller model");
        // Memory in pieces: as much is free as is needed.
        assertThat(CudaArena.refusal("a", 4_000, 5_000, 5_000, 128).sentence()).endsWith("at most 127 instead of 128");
        assertThat(CudaArena.refusal("parameters", 4_000, 10, 2_000, 0).sentence())
                .contains("use a smaller model, or end");
    }

    @Test
    void theSystemsLoaderIsTranslated() {
        Path file = Path.of("/tmp/mamba-pkd-natives-1/libJCudaDriver.so");
        assertThat(CudaNatives.explanation(
                                file,
                                file + ": libcuda.so.1: cannot open shared object file: No such file or directory")
                        .sentence())
                .isEqualTo("there is no NVIDIA driver: libcuda.so.1 was not found; install the driver, or use --device"
                        + " cpu");
        assertThat(CudaNatives.explanation(file, file + ": failed to map segment from shared object")
                        .sentence())
                .isEqualTo(
                        "the folder /tmp/mamba-pkd-natives-1 does not let programs run from it (is it mounted noexec?); name"
                                + " another place with -Djava.io.tmpdir=FOLDER in MAMBA_PKD_OPTS");
        assertThat(CudaNatives.explanation(file, "invalid ELF header").sentence())
                .isEqualTo("cannot load /tmp/mamba-pkd-natives-1/libJCudaDriver.so: invalid ELF header; install the"
                        + " NVIDIA driver again, or use --device cpu");
    }

    @Test
    void otherMachinesAreSentToTheCpu() {
        assertThatThrownBy(() -> CudaNatives.requirePlatform("Mac OS X", "aarch64"))
                .hasMessage("CUDA is supported on Linux with an x86-64 processor, this is Mac OS X on aarch64; use"
                        + " --device cpu");
    }

    @Test
    void aNamedDriverMustBeAFileByItsAbsolutePath() {
        assertThatThrownBy(() -> CudaNatives.driver("libcuda.so.1", List.of()))
                .hasMessage("the system property mambapkd.cuda.driver must be the absolute path of a libcuda.so.1, got"
                        + " libcuda.so.1");
        assertThatThrownBy(() -> CudaNatives.driver("/no/such/libcuda.so.1", List.of()))
                .hasMessageEndingWith("got /no/such/libcuda.so.1, which is no file");
        assertThat(CudaNatives.driver(null, List.of(Path.of("/no/such")))).isNull();
    }

    @Test
    void modesForFindingFaultsAreSwitchedOnByTheEnvironment() {
        CudaOptions usual = CudaOptions.of(1, Map.of());
        assertThat(usual.device()).isEqualTo(1);
        assertThat(usual.launches()).isEqualTo(CudaOptions.Launches.ASYNCHRONOUS);
        assertThat(usual.memory()).isEqualTo(CudaOptions.MemoryLayout.PACKED);
        CudaOptions both = CudaOptions.of(0, Map.of("MAMBA_PKD_CUDA_SYNC", "1", "MAMBA_PKD_CUDA_SEPARATE", "1"));
        assertThat(both.launches()).isEqualTo(CudaOptions.Launches.SYNCHRONISED);
        assertThat(both.memory()).isEqualTo(CudaOptions.MemoryLayout.SEPARATE);
        assertThatThrownBy(() -> CudaOptions.of(0, Map.of("MAMBA_PKD_CUDA_SYNC", "yes")))
                .isInstanceOf(InputException.class)
                .hasMessage("the environment variable MAMBA_PKD_CUDA_SYNC must be 0 or 1, got yes");
        assertThatThrownBy(() -> CudaOptions.of(-1, Map.of())).hasMessageContaining("0 or more, got -1");
    }
}
