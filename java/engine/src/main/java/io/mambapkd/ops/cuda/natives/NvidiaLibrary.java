package io.mambapkd.ops.cuda.natives;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** NVIDIA's libraries above the driver, and JCuda's for them; each is loaded once for the process, when it is first needed. */
public enum NvidiaLibrary {
    CUBLAS("cuBLAS of CUDA 12", LibraryFolders.CUBLAS_12, "libcublasLt.so.12", "jcuda.jcublas.JCublas2", "jcublas"),
    CUDNN("cuDNN 9", LibraryFolders.CUDNN_9, "", "jcuda.jcudnn.JCudnn", "jcudnn");

    private static final Set<NvidiaLibrary> LOADED = EnumSet.noneOf(NvidiaLibrary.class);

    private final String product;
    private final String file;
    private final String before;
    private final String className;
    private final String artifact;

    /** @param before the library that it needs from its own folder, or empty */
    NvidiaLibrary(String product, String file, String before, String className, String artifact) {
        this.product = product;
        this.file = file;
        this.before = before;
        this.className = className;
        this.artifact = artifact;
    }

    /**
     * Loads it, if that has not been done. The driver comes first: {@link CudaNatives#load}.
     *
     * @param folders where to look for it before the places that the system knows
     * @throws InputException if it is missing or cannot be loaded
     */
    public void load(List<Path> folders) {
        synchronized (LOADED) {
            if (LOADED.contains(this)) {
                return;
            }
            List<Path> places = LibraryFolders.withProperty(folders);
            Path found = LibraryFolders.find(places, file);
            if (found != null) {
                // JCuda's library names NVIDIA's; the system's loader takes one of that name that is there already.
                Path needed = found.resolveSibling(before.isEmpty() ? file : before);
                if (!before.isEmpty() && Files.isRegularFile(needed)) {
                    JcudaLibrary.loadFile(needed, this::explanation);
                }
                JcudaLibrary.loadFile(found, this::explanation);
            }
            Path next = this == CUBLAS && found == null ? LibraryFolders.find(places, LibraryFolders.CUBLAS_13) : null;
            if (next != null) {
                Cublas13.load(next);
            }
            loadJcuda();
            LOADED.add(this);
        }
    }

    /** Loads JCuda's library; without cuBLAS of CUDA 12, with that of CUDA 13 that the system may have. */
    private void loadJcuda() {
        try {
            JcudaLibrary.load(className, artifact, this::explanation);
        } catch (InputException refused) {
            if (this != CUBLAS || Cublas13.isInUse() || !isMissing(refused) || !Cublas13.loadSystems()) {
                throw refused;
            }
            JcudaLibrary.load(className, artifact, this::explanation);
        }
    }

    private boolean isMissing(InputException refused) {
        Throwable cause = refused.getCause();
        return cause != null && isMissing(String.valueOf(cause.getMessage()));
    }

    private boolean isMissing(String words) {
        return words.contains(file + ": cannot open shared object file");
    }

    /** JCuda's file for it, on the class path. */
    public String jcudaFile() {
        return JcudaLibrary.resource(className);
    }

    /**
     * What the words of the system's loader mean.
     *
     * @param words its message about {@code refused}
     */
    public Problem explanation(Path refused, String words) {
        if (isMissing(words)) {
            return new Problem(
                    product + " is missing: " + file + " was not found",
                    "install it, name its folder with --cuda-libs FOLDER, or use --device cpu");
        }
        if (words.contains("version `" + file + "' not found")) {
            return new Problem(
                    "the " + file + " that was found is not that of " + product,
                    "name the folder of the right one with --cuda-libs FOLDER, or use --device cpu");
        }
        return CudaNatives.explanation(
                refused, words, "name another folder of " + product + " with --cuda-libs FOLDER, or use --device cpu");
    }
}
