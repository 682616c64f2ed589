package io.mambapkd.ops.cuda.natives;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Loads the driver's library and JCuda's for it, once for the process. */
public final class CudaNatives {
    /** System property: absolute path of the driver's library, where it is not the system's own. */
    public static final String DRIVER_PROPERTY = "mambapkd.cuda.driver";

    public static final String DRIVER = "libcuda.so.1";

    private static final Pattern NEEDED = Pattern.compile("(lib[^ :/]+): cannot open shared object file");

    private static boolean loaded;

    private static final String CLASS = "jcuda.driver.JCudaDriver";

    private CudaNatives() {}

    /** JCuda's file for it, on the class path. */
    public static String jcudaFile() {
        return JcudaLibrary.resource(CLASS);
    }

    /**
     * Loads both, if that has not been done.
     *
     * @param folders where to look for the driver's library before the places that the system knows
     * @throws InputException if a library is missing or cannot be loaded
     */
    public static synchronized void load(List<Path> folders) {
        if (loaded) {
            return;
        }
        requirePlatform(System.getProperty("os.name"), System.getProperty("os.arch"));
        // JCuda's library names the driver's; the system's loader takes one of that name that is there already.
        Path driver = driver(System.getProperty(DRIVER_PROPERTY), folders);
        if (driver != null) {
            JcudaLibrary.loadFile(driver, CudaNatives::explanation);
        }
        JcudaLibrary.load(CLASS, "jcuda", CudaNatives::explanation);
        loaded = true;
    }

    /** @throws InputException where JCuda has no library for the machine */
    public static void requirePlatform(String system, String processor) {
        if (!system.equals("Linux") || !processor.equals("amd64")) {
            throw new InputException(new Problem(
                    "CUDA is supported on Linux with an x86-64 processor, this is " + system + " on " + processor,
                    "use --device cpu"));
        }
    }

    /**
     * The driver's library that was named.
     *
     * @param property value of {@link #DRIVER_PROPERTY}
     * @return null for the system's own
     */
    public static @Nullable Path driver(@Nullable String property, List<Path> folders) {
        if (property != null) {
            Path file = Path.of(property);
            if (!file.isAbsolute() || !Files.isRegularFile(file)) {
                throw new InputException("the system property " + DRIVER_PROPERTY + " must be the absolute path of a "
                        + DRIVER + ", got " + property + (file.isAbsolute() ? ", which is no file" : ""));
            }
            return file;
        }
        for (Path folder : folders) {
            Path file = folder.toAbsolutePath().resolve(DRIVER);
            if (Files.isRegularFile(file)) {
                return file;
            }
        }
        return null;
    }

    /** The same of the driver's library, or of JCuda's for it. */
    public static Problem explanation(Path file, String words) {
        if (words.contains(DRIVER + ": cannot open shared object file")) {
            return new Problem(
                    "there is no NVIDIA driver: " + DRIVER + " was not found",
                    "install the driver, or use --device cpu");
        }
        return explanation(file, words, "install the NVIDIA driver again, or use --device cpu");
    }

    /**
     * What the words of the system's loader mean.
     *
     * @param words its message about {@code file}
     * @param remedy what to do about the product that {@code file} belongs to
     */
    public static Problem explanation(Path file, String words, String remedy) {
        if (words.contains("failed to map segment") || words.contains("Operation not permitted")) {
            return new Problem(
                    "the folder " + file.getParent() + " does not let programs run from it (is it mounted noexec?)",
                    NativesFolder.holds(file) ? "name another place with " + NativesFolder.SETTING : remedy);
        }
        Matcher needed = NEEDED.matcher(words);
        if (needed.find()) {
            return new Problem(file + " needs " + needed.group(1) + ", which was not found", remedy);
        }
        return new Problem("cannot load " + file + ": " + words, remedy);
    }
}
