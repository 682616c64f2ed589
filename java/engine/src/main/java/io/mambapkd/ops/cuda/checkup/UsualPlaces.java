package io.mambapkd.ops.cuda.checkup;

import io.mambapkd.doctor.ProbeProcess;
import io.mambapkd.ops.cuda.natives.LibraryFolders;
import io.mambapkd.ops.cuda.natives.NvidiaLibrary;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Where NVIDIA's libraries usually are. Nothing is loaded from there unless somebody names it: these are for a remedy. */
final class UsualPlaces {
    private static final Path LOCAL = Path.of("/usr/local");
    private static final Duration LONGEST = Duration.ofSeconds(10);
    private static final String SITES = "import site, sysconfig; print('\\n'.join([sysconfig.get_paths()['purelib']]"
            + " + site.getsitepackages() + [site.getusersitepackages()]))";

    private UsualPlaces() {}

    /**
     * Installations on this machine that have any of the libraries.
     *
     * @param environment for {@code CUDA_HOME}, {@code CUDA_PATH} and {@code CONDA_PREFIX}
     */
    static List<Path> on(Map<String, String> environment) {
        Set<Path> roots = new LinkedHashSet<>();
        for (String name : List.of("CUDA_HOME", "CUDA_PATH", "CONDA_PREFIX")) {
            String value = environment.getOrDefault(name, "");
            if (!value.isBlank()) {
                roots.add(Path.of(value));
            }
        }
        try (Stream<Path> local = Files.list(LOCAL)) {
            local.filter(folder -> String.valueOf(folder.getFileName()).startsWith("cuda"))
                    .sorted()
                    .forEach(roots::add);
        } catch (IOException unreadable) {
            // No toolkit there.
        }
        for (String line :
                ProbeProcess.ask(List.of("python3", "-c", SITES), LONGEST).lines()) {
            try {
                roots.add(Path.of(line.strip(), "nvidia"));
            } catch (InvalidPathException words) {
                // Not a folder but what Python had to say.
            }
        }
        return roots.stream()
                .filter(root ->
                        root.isAbsolute() && !LibraryFolders.within(root).isEmpty())
                .toList();
    }

    /**
     * What to name so that a library is found: the folders that are named already, and of the others as few as give both
     * cuBLAS and cuDNN.
     *
     * @param library that is missing
     * @return folders, separated as in a path; empty if none of them has it
     */
    static String path(NvidiaLibrary library, List<Path> named, List<Path> roots) {
        List<Path> chosen = new ArrayList<>(named);
        for (Predicate<Path> has : List.<Predicate<Path>>of(UsualPlaces::hasCublas, UsualPlaces::hasCudnn)) {
            if (chosen.stream().noneMatch(has)) {
                Stream.concat(roots.stream().filter(root -> hasCublas(root) && hasCudnn(root)), roots.stream())
                        .filter(has)
                        .findFirst()
                        .ifPresent(chosen::add);
            }
        }
        Predicate<Path> wanted = library == NvidiaLibrary.CUBLAS ? UsualPlaces::hasCublas : UsualPlaces::hasCudnn;
        if (named.stream().anyMatch(wanted) || chosen.stream().noneMatch(wanted)) {
            return "";
        }
        return chosen.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }

    private static boolean hasCublas(Path root) {
        List<Path> folders = LibraryFolders.within(root);
        return LibraryFolders.find(folders, LibraryFolders.CUBLAS_12) != null
                || LibraryFolders.find(folders, LibraryFolders.CUBLAS_13) != null;
    }

    private static boolean hasCudnn(Path root) {
        return LibraryFolders.find(LibraryFolders.within(root), LibraryFolders.CUDNN_9) != null;
    }
}
