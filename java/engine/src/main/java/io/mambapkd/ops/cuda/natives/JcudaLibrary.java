package io.mambapkd.ops.cuda.natives;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.function.BiFunction;
import jcuda.JCudaVersion;

/**
 * Loads a library of JCuda's from its jar.
 *
 * <p>JCuda by itself writes its library under a fixed name to {@code java.io.tmpdir} and takes whatever file has that name
 * already. Here it finds its file in a {@link NativesFolder} that is gone a moment later: the property points there only
 * while the class that needs it starts.
 */
final class JcudaLibrary {
    private static final String TEMPORARY = "java.io.tmpdir";

    private JcudaLibrary() {}

    /**
     * Loads one and starts its class.
     *
     * @param className of which the static initialiser loads the library, such as {@code jcuda.driver.JCudaDriver}
     * @param artifact what brings it, such as {@code jcuda}
     * @param explanation of a file and of the words of the system's loader that refuses it
     */
    static void load(String className, String artifact, BiFunction<Path, String, Problem> explanation) {
        String resource = resource(className);
        String name = resource.substring(resource.lastIndexOf('/') + 1);
        String before = System.getProperty(TEMPORARY);
        try (InputStream library = JCudaVersion.class.getResourceAsStream(resource)) {
            if (library == null) {
                throw new InputException(new Problem(
                        name + " is not on the class path",
                        "is " + artifact + "-natives missing from the folder lib?"));
            }
            try (NativesFolder folder = NativesFolder.in(Path.of(before))) {
                loadFile(folder.put(name, library), explanation);
                System.setProperty(TEMPORARY, folder.path().toString());
                Class.forName(className, true, JcudaLibrary.class.getClassLoader());
            } finally {
                System.setProperty(TEMPORARY, before);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot read " + name, failure);
        } catch (ClassNotFoundException missing) {
            throw new InputException(
                    new Problem(artifact + " is not on the class path", "is it missing from the folder lib?"), missing);
        }
    }

    /** Where on the class path the library of a class is. */
    static String resource(String className) {
        return "/lib/lib" + className.substring(className.lastIndexOf('.') + 1) + "-" + JCudaVersion.get()
                + "-linux-x86_64.so";
    }

    /**
     * Loads a file of a library.
     *
     * @param explanation of a file and of the words of the system's loader that refuses it
     */
    static void loadFile(Path file, BiFunction<Path, String, Problem> explanation) {
        try {
            System.load(file.toString());
        } catch (UnsatisfiedLinkError failure) {
            String words = String.valueOf(failure.getMessage());
            throw new InputException(explanation.apply(file, words), failure);
        }
    }
}
