package io.mambapkd.ops.cuda;

import io.mambapkd.InputException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** NVIDIA's libraries above the driver, and JCuda's for them; each is loaded once for the process, when it is first needed. */
enum NvidiaLibrary {
    CUBLAS("cuBLAS of CUDA 12", "libcublas.so.12", "libcublasLt.so.12", "jcuda.jcublas.JCublas2", "jcublas"),
    CUDNN("cuDNN 9", "libcudnn.so.9", "", "jcuda.jcudnn.JCudnn", "jcudnn");

    /** System property: folders of the libraries, separated as in a path. */
    static final String FOLDERS_PROPERTY = "mambapkd.cuda.libs";
    /** Environment variable of the same. */
    static final String FOLDERS_VARIABLE = "MAMBA_PKD_CUDA_LIBS";

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
    void load(List<Path> folders) {
        synchronized (LOADED) {
            if (LOADED.contains(this)) {
                return;
            }
            List<Path> places = new ArrayList<>(folders);
            places.addAll(folders(System.getProperty(FOLDERS_PROPERTY, "")));
            Path found = find(places);
            if (found != null) {
                // JCuda's library names NVIDIA's; the system's loader takes one of that name that is there already.
                Path needed = found.resolveSibling(before.isEmpty() ? file : before);
                if (!before.isEmpty() && Files.isRegularFile(needed)) {
                    JcudaLibrary.loadFile(needed, this::explanation);
                }
                JcudaLibrary.loadFile(found, this::explanation);
            }
            JcudaLibrary.load(className, artifact, this::explanation);
            LOADED.add(this);
        }
    }

    private @Nullable Path find(List<Path> folders) {
        for (Path folder : folders) {
            Path candidate = folder.toAbsolutePath().normalize().resolve(file);
            if (Files.isRegularFile(candidate)) {
                return candidate;
            }
        }
        return null;
    }

    /**
     * The folders that the environment names.
     *
     * @throws InputException if one is no folder or has none of the libraries
     */
    static List<Path> folders(Map<String, String> environment) {
        return checkedFolders(FOLDERS_VARIABLE, environment.getOrDefault(FOLDERS_VARIABLE, ""));
    }

    /**
     * The folders that a setting names.
     *
     * @param setting for the message
     * @param path folders, separated as in a path
     * @throws InputException if one is no folder or has none of the libraries
     */
    static List<Path> checkedFolders(String setting, String path) {
        List<Path> folders = folders(path);
        for (Path folder : folders) {
            if (!Files.isDirectory(folder)) {
                throw new InputException(setting + ": expected a folder with " + CUBLAS.file + " and " + CUDNN.file
                        + ", got " + folder + ", which is no folder");
            }
            boolean useful = Stream.of(CUBLAS.file, CUDNN.file, CudaNatives.DRIVER)
                    .anyMatch(name -> Files.isRegularFile(folder.resolve(name)));
            if (!useful) {
                throw new InputException(setting + ": expected " + CUBLAS.file + " or " + CUDNN.file + " in the folder "
                        + folder + ", got " + releases(folder)
                        + "; install CUDA 12 and cuDNN 9, or name the folder that has them");
            }
        }
        return folders;
    }

    /** Which releases of the libraries a folder has. */
    private static String releases(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            String names = files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.matches("lib(cublas|cudnn)\\.so\\.[0-9]+"))
                    .sorted()
                    .collect(Collectors.joining(" and "));
            return names.isEmpty() ? "neither" : names;
        } catch (IOException failure) {
            return "an error on reading it (" + failure.getMessage() + ")";
        }
    }

    private static List<Path> folders(String path) {
        List<Path> folders = new ArrayList<>();
        for (String folder : path.split(File.pathSeparator, -1)) {
            if (!folder.isBlank()) {
                folders.add(Path.of(folder));
            }
        }
        return folders;
    }

    /**
     * What the words of the system's loader mean.
     *
     * @param words its message about {@code refused}
     */
    String explanation(Path refused, String words) {
        if (words.contains(file + ": cannot open shared object file")) {
            return product + " is missing: " + file + " was not found; install it, name its folder with"
                    + " --cuda-libs FOLDER, or use --device cpu";
        }
        if (words.contains("version `" + file + "' not found")) {
            return "the " + file + " that was found is not that of " + product
                    + "; name the folder of the right one with --cuda-libs FOLDER, or use --device cpu";
        }
        return CudaNatives.explanation(refused, words) + "; name another folder of " + product + " with"
                + " --cuda-libs FOLDER, or use --device cpu";
    }
}
