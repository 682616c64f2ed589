package io.mambapkd.ops.cuda.checkup;

import io.mambapkd.InputException;
import io.mambapkd.doctor.ProbeProcess;
import io.mambapkd.ops.DeviceCheck;
import io.mambapkd.ops.cuda.driver.CudaDevice;
import io.mambapkd.ops.cuda.driver.CudaStatus;
import io.mambapkd.ops.cuda.driver.DeviceContext;
import io.mambapkd.ops.cuda.failures.CudaCallError;
import io.mambapkd.ops.cuda.libraries.CublasStatus;
import io.mambapkd.ops.cuda.libraries.CudnnHandle;
import io.mambapkd.ops.cuda.natives.Cublas13;
import io.mambapkd.ops.cuda.natives.CudaNatives;
import io.mambapkd.ops.cuda.natives.LibraryFolders;
import io.mambapkd.ops.cuda.natives.NvidiaLibrary;
import io.mambapkd.ops.cuda.options.CudaOptions;
import io.mambapkd.ops.cuda.ptx.PtxFamily;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasStatus;
import jcuda.jcudnn.JCudnn;
import org.jspecify.annotations.Nullable;

/**
 * The process in which {@link CudaCheckup} loads libraries and asks them. It says each thing as soon as it is known, under the name of its step: {@code
 * CUBLAS.version}. What comes after a step that ended the process is asked of another process.
 */
final class CudaProbe {
    /** What a process looks at. */
    enum Step {
        DRIVER,
        CUBLAS,
        CUDNN,
        /** The libraries that cuDNN loads when it needs them. */
        PARTS;

        /** In front of the keys of what it says. */
        String prefix() {
            return name() + ".";
        }
    }

    /** Key of a step that came to its end. */
    static final String ENDED = "ended";

    /** Of a file that could be loaded. */
    static final String LOADED = "loaded";

    private static final Path MAPPED = Path.of("/proc/self/maps");
    private static final int PROPERTIES = 3;
    private static final String SEPARATOR = ",";
    /** A limit that only the emulated driver knows: the version of its controls. */
    private static final int EMULATION = 0x454D0000;

    private final Step step;
    private final List<Path> folders;

    private CudaProbe(Step step, List<Path> folders) {
        this.step = step;
        this.folders = folders;
    }

    /**
     * The command that starts it.
     *
     * @param steps what to look at, in this order
     * @param tried files of {@link Step#PARTS} that are left out
     * @param folders of NVIDIA's libraries
     */
    static List<String> command(List<Step> steps, List<Path> tried, List<Path> folders) {
        List<String> arguments = new ArrayList<>(List.of(
                steps.stream().map(Step::name).collect(Collectors.joining(SEPARATOR)),
                tried.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator))));
        folders.forEach(folder -> arguments.add(folder.toString()));
        return ProbeProcess.java(CudaProbe.class, CudnnProbe.PROPERTIES, arguments);
    }

    /** @param arguments as {@link #command} gives them */
    public static void main(String[] arguments) {
        List<Path> tried = Stream.of(arguments[1].split(File.pathSeparator, -1))
                .filter(file -> !file.isEmpty())
                .map(Path::of)
                .toList();
        List<Path> folders = Stream.of(arguments).skip(2).map(Path::of).toList();
        for (String name : arguments[0].split(SEPARATOR, -1)) {
            CudaProbe probe = new CudaProbe(Step.valueOf(name), folders);
            try {
                switch (probe.step) {
                    case DRIVER -> probe.driver();
                    case CUBLAS -> probe.cublas();
                    case CUDNN -> probe.cudnn();
                    case PARTS -> probe.parts(tried);
                }
            } catch (InputException | CudaCallError refused) {
                probe.say("refused", refused);
            }
            probe.say(ENDED, "true");
        }
    }

    private void say(String key, String value) {
        ProbeProcess.say(step.prefix() + key, value);
    }

    private void say(String key, RuntimeException failure) {
        ProbeProcess.say(step.prefix() + key, DeviceCheck.problem(failure));
    }

    private void driver() {
        CudaNatives.load(folders);
        say("path", mapped(CudaNatives.DRIVER));
        say("emulated", Boolean.toString(JCudaDriver.cuCtxGetLimit(new long[1], EMULATION) == CudaStatus.SUCCESS));
        int[] version = new int[1];
        CudaStatus.check(JCudaDriver.cuDriverGetVersion(version), () -> "cuDriverGetVersion()");
        say("version", CudaDevice.release(version[0]));
        CudaStatus.checkStart(JCudaDriver.cuInit(0));
        int[] count = new int[1];
        CudaStatus.check(JCudaDriver.cuDeviceGetCount(count), () -> "cuDeviceGetCount()");
        if (count[0] == 0) {
            throw CudaStatus.failure(CUresult.CUDA_ERROR_NO_DEVICE, "cuDeviceGetCount()");
        }
        say("devices", Integer.toString(count[0]));
        for (int i = 0; i < count[0]; i++) {
            try {
                device(i);
            } catch (InputException | CudaCallError refused) {
                say("device." + i + ".refused", refused);
            }
        }
    }

    private void device(int index) {
        String key = "device." + index + ".";
        CudaDevice device = CudaDevice.find(index);
        say(key + "name", device.name());
        say(key + "capability", Integer.toString(device.capability()));
        say(key + "total", Long.toString(device.memoryBytes()));
        say(key + "mode", device.computeMode());
        say(key + "target", Integer.toString(PtxFamily.target(device.capability())));
        try (DeviceContext context = DeviceContext.open(options(index))) {
            say(key + "free", Long.toString(context.room().freeBytes()));
            // The smallest family of them: the driver compiles it.
            context.kernel("reduce", "reduce_columns_add_f32");
        }
        say(key + "works", "true");
    }

    private CudaOptions options(int device) {
        return new CudaOptions(
                device,
                CudaOptions.Launches.SYNCHRONISED,
                CudaOptions.MemoryLayout.PACKED,
                folders,
                CudaOptions.Products.FLOAT32,
                CudaOptions.Libraries.WHEN_NEEDED);
    }

    private void cublas() {
        boolean driver = hasDriver();
        NvidiaLibrary.CUBLAS.load(folders);
        say("loaded", "true");
        say("forwarded", Boolean.toString(Cublas13.isInUse()));
        say("path", mapped(Cublas13.isInUse() ? LibraryFolders.CUBLAS_13 : LibraryFolders.CUBLAS_12));
        DeviceContext context = driver ? firstDevice() : null;
        say("version", context == null ? versionOfProperties() : versionOfHandle(context));
    }

    /** Null where there is none that works; why, is a finding of its own. */
    private @Nullable DeviceContext firstDevice() {
        try {
            return DeviceContext.open(options(0));
        } catch (InputException | CudaCallError ofNoUse) {
            return null;
        }
    }

    /** cuBLAS tells its version to those who have started it, which takes a device; closes the context. */
    private static String versionOfHandle(DeviceContext opened) {
        try (DeviceContext context = opened) {
            context.enter();
            cublasHandle handle = new cublasHandle();
            CublasStatus.check(JCublas2.cublasCreate(handle), () -> "cublasCreate()");
            int[] version = new int[1];
            CublasStatus.check(JCublas2.cublasGetVersion(handle, version), () -> "cublasGetVersion()");
            CublasStatus.check(JCublas2.cublasDestroy(handle), () -> "cublasDestroy()");
            return release(version[0]);
        }
    }

    private static String versionOfProperties() {
        List<String> numbers = new ArrayList<>();
        int[] number = new int[1];
        for (int i = 0; i < PROPERTIES; i++) {
            if (JCublas2.cublasGetProperty(i, number) != cublasStatus.CUBLAS_STATUS_SUCCESS) {
                return "";
            }
            numbers.add(Integer.toString(number[0]));
        }
        return String.join(".", numbers);
    }

    private void cudnn() {
        loadCudnn();
        say("loaded", "true");
        say("path", mapped(LibraryFolders.CUDNN_9));
        long version = JCudnn.cudnnGetVersion();
        say("version", release(version));
        CudnnHandle.requireVersion(version);
    }

    private void loadCudnn() {
        hasDriver();
        try {
            // cuDNN takes cuBLAS from where it is loaded already.
            NvidiaLibrary.CUBLAS.load(folders);
        } catch (InputException refused) {
            say("before", refused);
        }
        NvidiaLibrary.CUDNN.load(folders);
    }

    /** Without one, libraries may load all the same. */
    private boolean hasDriver() {
        try {
            CudaNatives.load(folders);
            return true;
        } catch (InputException refused) {
            return false;
        }
    }

    private void parts(List<Path> tried) {
        Path front = front();
        Map<String, Path> files = CudnnParts.files(folders, front);
        files.forEach((name, file) -> say(CudnnParts.FILE + name, file.toString()));
        for (Path file : files.values()) {
            if (!tried.contains(file)) {
                say(CudnnParts.TRYING, file.toString());
                try {
                    System.load(file.toString());
                    say(CudnnParts.WORDS + file, LOADED);
                } catch (UnsatisfiedLinkError refused) {
                    say(CudnnParts.WORDS + file, String.valueOf(refused.getMessage()));
                }
            }
        }
    }

    /** Loads cuDNN's own library, as a program does before its parts; null where that is of no use. */
    private @Nullable Path front() {
        try {
            loadCudnn();
        } catch (InputException refused) {
            say("before", refused);
        }
        String path = mapped(LibraryFolders.CUDNN_9);
        return path.isEmpty() ? null : Path.of(path);
    }

    /** {@code 9.5.1} for 90501. */
    private static String release(long version) {
        return version / 10_000 + "." + version / 100 % 100 + "." + version % 100;
    }

    /** Where a library of that name, which is loaded, came from; empty if that is not known. */
    private static String mapped(String name) {
        try (Stream<String> lines = Files.lines(MAPPED)) {
            return lines.filter(line -> line.indexOf('/') >= 0)
                    .map(line -> line.substring(line.indexOf('/')))
                    .filter(path -> path.matches(".*/" + stem(name) + "\\.so(\\.[0-9.]+)?"))
                    .findFirst()
                    .orElse("");
        } catch (IOException unreadable) {
            return "";
        }
    }

    private static String stem(String name) {
        return name.substring(0, name.indexOf(".so"));
    }
}
