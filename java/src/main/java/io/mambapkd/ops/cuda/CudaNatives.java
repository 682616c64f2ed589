package io.mambapkd.ops.cuda;

import io.mambapkd.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jcuda.JCudaVersion;
import org.jspecify.annotations.Nullable;

/**
 * Loads the driver's library and JCuda's, once for the process.
 *
 * <p>JCuda by itself writes its library under a fixed name to {@code java.io.tmpdir} and takes whatever file has that name
 * already. Here it finds its file in a {@link NativesFolder} that is gone a moment later: the property points there only
 * while the first class of JCuda starts.
 */
final class CudaNatives {
    /** System property: absolute path of the driver's library, where it is not the system's own. */
    static final String DRIVER_PROPERTY = "mambapkd.cuda.driver";

    private static final String DRIVER = "libcuda.so.1";
    private static final String TEMPORARY = "java.io.tmpdir";
    private static boolean loaded;

    private CudaNatives() {}

    /**
     * Loads both, if that has not been done.
     *
     * @param folders where to look for the driver's library before the places that the system knows
     * @throws InputException if a library is missing or cannot be loaded
     */
    static synchronized void load(List<Path> folders) {
        if (loaded) {
            return;
        }
        requirePlatform(System.getProperty("os.name"), System.getProperty("os.arch"));
        // JCuda's library names the driver's; the system's loader takes one of that name that is there already.
        Path driver = driver(System.getProperty(DRIVER_PROPERTY), folders);
        if (driver != null) {
            loadFile(driver);
        }
        String name = "libJCudaDriver-" + JCudaVersion.get() + "-linux-x86_64.so";
        String before = System.getProperty(TEMPORARY);
        try (InputStream library = JCudaVersion.class.getResourceAsStream("/lib/" + name)) {
            if (library == null) {
                throw new InputException(
                        name + " is not on the class path; is jcuda-natives missing from the folder lib?");
            }
            try (NativesFolder folder = NativesFolder.in(Path.of(before))) {
                loadFile(folder.put(name, library));
                System.setProperty(TEMPORARY, folder.path().toString());
                Class.forName("jcuda.driver.JCudaDriver", true, CudaNatives.class.getClassLoader());
            } finally {
                System.setProperty(TEMPORARY, before);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot read " + name, failure);
        } catch (ClassNotFoundException missing) {
            throw new InputException("jcuda is not on the class path; is it missing from the folder lib?", missing);
        }
        loaded = true;
    }

    /** @throws InputException where JCuda has no library for the machine */
    static void requirePlatform(String system, String processor) {
        if (!system.equals("Linux") || !processor.equals("amd64")) {
            throw new InputException("CUDA is supported on Linux with an x86-64 processor, this is " + system + " on "
                    + processor + "; use --device cpu");
        }
    }

    /**
     * The driver's library that was named.
     *
     * @param property value of {@link #DRIVER_PROPERTY}
     * @return null for the system's own
     */
    static @Nullable Path driver(@Nullable String property, List<Path> folders) {
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

    private static void loadFile(Path file) {
        try {
            System.load(file.toString());
        } catch (UnsatisfiedLinkError failure) {
            throw new InputException(explanation(file, String.valueOf(failure.getMessage())), failure);
        }
    }

    /**
     * What the words of the system's loader mean.
     *
     * @param words its message about {@code file}
     */
    static String explanation(Path file, String words) {
        if (words.contains(DRIVER + ": cannot open shared object file")) {
            return "there is no NVIDIA driver: " + DRIVER + " was not found; install the driver, or use --device cpu";
        }
        if (words.contains("failed to map segment") || words.contains("Operation not permitted")) {
            return "the folder " + file.getParent() + " does not let programs run from it (is it mounted noexec?); name"
                    + " another place with -Djava.io.tmpdir=FOLDER";
        }
        return "cannot load " + file + ": " + words;
    }
}
