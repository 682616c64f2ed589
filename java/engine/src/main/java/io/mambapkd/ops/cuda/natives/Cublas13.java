package io.mambapkd.ops.cuda.natives;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * cuBLAS of CUDA 13 in the place of that of CUDA 12. JCuda's library asks for the names of the latter; a forwarder has them, and
 * jumps to the functions of the former, of which the arguments are the same.
 */
public final class Cublas13 {
    /** For descriptions. */
    public static final String NAME = "cuBLAS 13 through the forwarder";

    private static final String BEFORE = "libcublasLt.so.13";
    private static final String FORWARDER = "/io/mambapkd/natives/" + LibraryFolders.CUBLAS_12;

    private static volatile boolean inUse;

    private Cublas13() {}

    /** Whether it was loaded. */
    public static boolean isInUse() {
        return inUse;
    }

    /**
     * Loads it and the forwarder.
     *
     * @param file its absolute path
     * @throws InputException if one cannot be loaded, or this build of the program has no forwarder
     */
    static void load(Path file) {
        try (InputStream forwarder = Cublas13.class.getResourceAsStream(FORWARDER)) {
            if (forwarder == null) {
                throw new InputException(new Problem(
                        "there is cuBLAS of CUDA 13 in " + file.getParent()
                                + " but this build of mamba-pkd has no forwarder to it, as it was made without g++",
                        "build it again where g++ is, name a folder of cuBLAS of CUDA 12 with --cuda-libs FOLDER, or"
                                + " use --device cpu"));
            }
            Path before = file.resolveSibling(BEFORE);
            if (Files.isRegularFile(before)) {
                JcudaLibrary.loadFile(before, Cublas13::explanation);
            }
            JcudaLibrary.loadFile(file, Cublas13::explanation);
            loadForwarder(forwarder);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot read " + FORWARDER, failure);
        }
    }

    /**
     * Loads the system's own and the forwarder.
     *
     * @return false if the system has none, or this build of the program no forwarder
     */
    static boolean loadSystems() {
        try (InputStream forwarder = Cublas13.class.getResourceAsStream(FORWARDER)) {
            if (forwarder == null) {
                return false;
            }
            loadForwarder(forwarder);
            return true;
        } catch (InputException refused) {
            // The forwarder refuses to be loaded where it finds nothing to jump to.
            return false;
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot read " + FORWARDER, failure);
        }
    }

    private static void loadForwarder(InputStream forwarder) {
        try (NativesFolder folder = NativesFolder.in(Path.of(System.getProperty("java.io.tmpdir")))) {
            JcudaLibrary.loadFile(folder.put(LibraryFolders.CUBLAS_12, forwarder), Cublas13::explanation);
        }
        inUse = true;
    }

    private static Problem explanation(Path refused, String words) {
        return CudaNatives.explanation(
                refused, words, "name another folder of cuBLAS with --cuda-libs FOLDER, or use --device cpu");
    }
}
