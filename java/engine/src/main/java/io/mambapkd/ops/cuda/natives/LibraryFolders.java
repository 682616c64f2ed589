package io.mambapkd.ops.cuda.natives;

import io.mambapkd.InputException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Folders of NVIDIA's libraries. Where a setting names one, it may also name what contains it: a CUDA toolkit, the folder
 * {@code nvidia} of NVIDIA's Python wheels, or a conda environment.
 */
public final class LibraryFolders {
    /** System property: folders of the libraries, separated as in a path. */
    public static final String PROPERTY = "mambapkd.cuda.libs";
    /** Environment variable of the same. */
    static final String VARIABLE = "MAMBA_PKD_CUDA_LIBS";

    public static final String CUBLAS_12 = "libcublas.so.12";
    public static final String CUBLAS_13 = "libcublas.so.13";
    public static final String CUDNN_9 = "libcudnn.so.9";

    private static final List<String> USEFUL = List.of(CUBLAS_12, CUBLAS_13, CUDNN_9, CudaNatives.DRIVER);
    /** Toolkits, then environments of conda; wheels have a folder for each product. */
    private static final List<String> INSIDE = List.of("", "lib64", "targets/x86_64-linux/lib", "lib");

    private static final String NAME_THE_FOLDER = "install CUDA 12 or 13 and cuDNN 9, or name the folder that has them";

    private LibraryFolders() {}

    /**
     * The folders that the environment names.
     *
     * @throws InputException if one is no folder or has none of the libraries
     */
    public static List<Path> of(Map<String, String> environment) {
        return checked(VARIABLE, environment.getOrDefault(VARIABLE, ""));
    }

    /**
     * The folders that a setting names.
     *
     * @param setting for the message
     * @param path folders, separated as in a path
     * @return those that have libraries, in the order of the setting
     * @throws InputException if one is no folder or has none of the libraries
     */
    public static List<Path> checked(String setting, String path) {
        List<Path> found = new ArrayList<>();
        for (Path folder : split(path)) {
            if (!Files.isDirectory(folder)) {
                throw new InputException(setting + ": expected a folder with " + CUBLAS_12 + ", " + CUBLAS_13 + " or "
                        + CUDNN_9 + ", got " + folder + ", which is no folder; " + NAME_THE_FOLDER);
            }
            List<Path> inside = within(folder);
            if (inside.isEmpty()) {
                throw new InputException(setting + ": expected " + CUBLAS_12 + ", " + CUBLAS_13 + " or " + CUDNN_9
                        + " in the folder " + folder + ", got " + releases(folder)
                        + "; " + NAME_THE_FOLDER);
            }
            found.addAll(inside);
        }
        return found;
    }

    /** The folders of {@link #PROPERTY} behind others. */
    public static List<Path> withProperty(List<Path> folders) {
        List<Path> all = new ArrayList<>(folders);
        split(System.getProperty(PROPERTY, "")).forEach(folder -> all.addAll(within(folder)));
        return all;
    }

    /**
     * The folders of libraries that an installation has.
     *
     * @param root such a folder itself, a toolkit, the folder of NVIDIA's wheels or the one that it is in, or an environment of
     *     conda
     */
    public static List<Path> within(Path root) {
        Map<Path, Path> found = new LinkedHashMap<>();
        Stream.concat(
                        INSIDE.stream().map(root::resolve),
                        Stream.of(root, root.resolve("nvidia")).flatMap(LibraryFolders::products))
                .filter(folder -> USEFUL.stream().anyMatch(file -> Files.isRegularFile(folder.resolve(file))))
                .forEach(folder -> found.putIfAbsent(real(folder), folder));
        return List.copyOf(found.values());
    }

    /** {@code cublas/lib}, {@code cudnn/lib} and so on. */
    private static Stream<Path> products(Path wheels) {
        return list(wheels).stream().map(product -> product.resolve("lib"));
    }

    /** What a folder contains, in the order of the names; nothing if it cannot be read. */
    private static List<Path> list(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted(Comparator.naturalOrder()).toList();
        } catch (IOException unreadable) {
            return List.of();
        }
    }

    private static Path real(Path folder) {
        try {
            return folder.toRealPath();
        } catch (IOException gone) {
            return folder.toAbsolutePath().normalize();
        }
    }

    /** The first file of that name in the folders, by its absolute path. */
    public static @Nullable Path find(List<Path> folders, String file) {
        for (Path folder : folders) {
            Path candidate = folder.toAbsolutePath().normalize().resolve(file);
            if (Files.isRegularFile(candidate)) {
                return candidate;
            }
        }
        return null;
    }

    /** Which releases of the libraries a folder has. */
    private static String releases(Path folder) {
        String names = list(folder).stream()
                .map(file -> String.valueOf(file.getFileName()))
                .filter(name -> name.matches("lib(cublas|cudnn)\\.so\\.[0-9]+"))
                .collect(Collectors.joining(" and "));
        return names.isEmpty() ? "none of them" : names;
    }

    private static List<Path> split(String path) {
        return Stream.of(path.split(File.pathSeparator, -1))
                .filter(folder -> !folder.isBlank())
                .map(Path::of)
                .toList();
    }
}
