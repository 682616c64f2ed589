package io.mambapkd.ops.cuda;

import static io.mambapkd.doctor.ProbeProcess.say;

import io.mambapkd.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasStatus;
import jcuda.jcudnn.JCudnn;

/** The process in which {@link CudaCheckup} loads libraries and asks them: it says each thing as soon as it is known. */
final class CudaProbe {
    /** What a process looks at. */
    enum Step {
        DRIVER,
        CUBLAS,
        CUDNN,
        FILES
    }

    /** Of a file that could be loaded. */
    static final String LOADED = "loaded";

    private static final Path MAPPED = Path.of("/proc/self/maps");
    private static final int PROPERTIES = 3;

    private CudaProbe() {}

    /** Between folders and files. */
    static final String FILES_FOLLOW = "--";

    /** @param arguments name of a {@link Step}, folders of libraries, {@link #FILES_FOLLOW}, files to load */
    public static void main(String[] arguments) {
        Step step = Step.valueOf(arguments[0]);
        List<String> rest = List.of(arguments).subList(1, arguments.length);
        int end = rest.contains(FILES_FOLLOW) ? rest.indexOf(FILES_FOLLOW) : rest.size();
        List<Path> folders = rest.stream().limit(end).map(Path::of).toList();
        try {
            switch (step) {
                case DRIVER -> driver(folders);
                case CUBLAS -> cublas(folders);
                case CUDNN -> cudnn(folders);
                case FILES -> files(folders, rest.stream().skip(end + 1L).toList());
            }
        } catch (InputException refused) {
            say("refused", String.valueOf(refused.getMessage()));
        }
    }

    private static void driver(List<Path> folders) {
        CudaNatives.load(folders);
        say("path", mapped(CudaNatives.DRIVER));
        int[] version = new int[1];
        CudaStatus.check(JCudaDriver.cuDriverGetVersion(version), () -> "cuDriverGetVersion()");
        say("version", CudaDevice.release(version[0]));
        CudaStatus.check(JCudaDriver.cuInit(0), () -> "cuInit()");
        int[] count = new int[1];
        CudaStatus.check(JCudaDriver.cuDeviceGetCount(count), () -> "cuDeviceGetCount()");
        if (count[0] == 0) {
            throw CudaException.of(CUresult.CUDA_ERROR_NO_DEVICE, "cuDeviceGetCount()");
        }
        say("devices", Integer.toString(count[0]));
        for (int i = 0; i < count[0]; i++) {
            try {
                device(i, folders);
            } catch (InputException refused) {
                say("device." + i + ".refused", String.valueOf(refused.getMessage()));
            }
        }
    }

    private static void device(int index, List<Path> folders) {
        String key = "device." + index + ".";
        CudaDevice device = CudaDevice.find(index);
        say(key + "name", device.name());
        say(key + "capability", Integer.toString(device.capability()));
        say(key + "emulated", Boolean.toString(device.isEmulated()));
        say(key + "total", Long.toString(device.memoryBytes()));
        say(key + "mode", device.computeMode());
        say(key + "target", Integer.toString(PtxFamily.target(device.capability())));
        try (DeviceContext context = DeviceContext.open(options(index, folders))) {
            say(key + "free", Long.toString(context.room().freeBytes()));
            // The smallest family of them: the driver compiles it.
            context.kernel("reduce", "reduce_rows_add_f32");
        }
        say(key + "works", "true");
    }

    private static CudaOptions options(int device, List<Path> folders) {
        return new CudaOptions(
                device,
                CudaOptions.Launches.SYNCHRONISED,
                CudaOptions.MemoryLayout.PACKED,
                folders,
                CudaOptions.Products.FLOAT32,
                CudaOptions.Libraries.WHEN_NEEDED);
    }

    private static void cublas(List<Path> folders) {
        boolean driver = hasDriver(folders);
        NvidiaLibrary.CUBLAS.load(folders);
        say("loaded", "true");
        say("forwarded", Boolean.toString(Cublas13.isInUse()));
        say("path", mapped(Cublas13.isInUse() ? LibraryFolders.CUBLAS_13 : LibraryFolders.CUBLAS_12));
        say("version", driver ? versionOfHandle(folders) : versionOfProperties());
    }

    /** cuBLAS tells its version to those who have started it, which takes a device. */
    private static String versionOfHandle(List<Path> folders) {
        try (DeviceContext context = DeviceContext.open(options(0, folders))) {
            context.enter();
            cublasHandle handle = new cublasHandle();
            CublasStatus.check(JCublas2.cublasCreate(handle), () -> "cublasCreate()");
            int[] version = new int[1];
            CublasStatus.check(JCublas2.cublasGetVersion(handle, version), () -> "cublasGetVersion()");
            CublasStatus.check(JCublas2.cublasDestroy(handle), () -> "cublasDestroy()");
            return release(version[0]);
        } catch (CudaException | NoSuchDeviceException noDevice) {
            return versionOfProperties();
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

    private static void cudnn(List<Path> folders) {
        hasDriver(folders);
        try {
            // cuDNN takes cuBLAS from where it is loaded already.
            NvidiaLibrary.CUBLAS.load(folders);
        } catch (InputException refused) {
            say("before", String.valueOf(refused.getMessage()));
        }
        NvidiaLibrary.CUDNN.load(folders);
        say("loaded", "true");
        say("path", mapped(LibraryFolders.CUDNN_9));
        long version = JCudnn.cudnnGetVersion();
        say("version", release(version));
        CudnnHandle.requireVersion(version);
    }

    /** Without one, libraries may load all the same. */
    private static boolean hasDriver(List<Path> folders) {
        try {
            CudaNatives.load(folders);
            return true;
        } catch (InputException refused) {
            return false;
        }
    }

    private static void files(List<Path> folders, List<String> files) {
        try {
            // What they need of the others is loaded then, as in a program.
            cudnn(folders);
        } catch (InputException refused) {
            say("before", String.valueOf(refused.getMessage()));
        }
        for (String file : files) {
            say("trying", file);
            try {
                System.load(file);
                say(file, LOADED);
            } catch (UnsatisfiedLinkError refused) {
                say(file, String.valueOf(refused.getMessage()));
            }
        }
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
