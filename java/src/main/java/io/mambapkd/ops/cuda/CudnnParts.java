package io.mambapkd.ops.cuda;

import io.mambapkd.doctor.Finding;
import io.mambapkd.doctor.ProbeProcess;
import io.mambapkd.doctor.ProbeProcess.Answer;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The libraries that cuDNN 9 loads when a call needs them; without one, that call ends the process. */
final class CudnnParts {
    private static final List<String> NAMES =
            List.of("graph", "ops", "cnn", "engines_precompiled", "engines_runtime_compiled", "heuristic");
    private static final Duration LONGEST_LIST = Duration.ofSeconds(10);
    private static final Pattern RELEASE = Pattern.compile("\\.so\\.([0-9]+\\.[0-9]+\\.[0-9]+)$");
    private static final String INSTALL =
            "; install all of cuDNN 9 from one package, or name its folder with --cuda-libs";

    /** What cuDNN's own library turned out to be. */
    enum Front {
        MISSING,
        REAL,
        /** It has its parts inside. */
        EMULATED
    }

    private final List<Path> folders;
    private final Duration limit;

    /** @param folders of NVIDIA's libraries */
    CudnnParts(List<Path> folders, Duration limit) {
        this.folders = folders;
        this.limit = limit;
    }

    /**
     * A finding for each.
     *
     * @param path of cuDNN's own library, empty if it was not found
     * @param version of it, empty if that is not known
     * @param works whether a convolution came to its end
     */
    List<Finding> findings(Front front, String path, String version, boolean works) {
        List<Path> places = new ArrayList<>(LibraryFolders.withProperty(folders));
        if (!path.isEmpty()) {
            places.add(0, Path.of(path).toAbsolutePath().resolveSibling(""));
        }
        Stream.of(System.getenv().getOrDefault("LD_LIBRARY_PATH", "").split(File.pathSeparator, -1))
                .filter(folder -> !folder.isBlank())
                .map(Path::of)
                .forEach(places::add);
        Map<String, Path> system = systemsFiles();
        Map<String, Path> files = new LinkedHashMap<>();
        for (String name : NAMES) {
            String file = file(name);
            Path found = LibraryFolders.find(places, file);
            Path taken = found == null ? system.get(file) : found;
            if (taken != null) {
                files.put(name, taken);
            }
        }
        Map<Path, String> loaded = load(new ArrayList<>(files.values()));
        return NAMES.stream()
                .map(name -> finding(name, files.get(name), front, version, works, loaded))
                .toList();
    }

    private static String file(String name) {
        return "libcudnn_" + name + ".so.9";
    }

    private Finding finding(
            String name, @Nullable Path file, Front front, String version, boolean works, Map<Path, String> loaded) {
        String title = "libcudnn_" + name;
        if (file == null) {
            return switch (front) {
                case EMULATED -> Finding.ok(title, "inside the emulated cuDNN");
                case MISSING -> Finding.note(title, "not found, as cuDNN itself is not of use");
                case REAL ->
                    works
                            ? Finding.note(title, file(name) + " was not found, though a convolution works")
                            : Finding.problem(title, file(name) + " is missing" + INSTALL);
            };
        }
        String words = loaded.getOrDefault(file, "not tried");
        String release = release(file);
        Finding finding;
        if (!words.equals(CudaProbe.LOADED)) {
            finding = Finding.problem(
                    title,
                    "cannot load " + file + ": "
                            + words.replace(file + ": ", "").replace("; ", ", ") + INSTALL);
        } else if (!release.isEmpty() && !version.isEmpty() && !release.equals(version)) {
            finding = Finding.problem(title, file + " is " + release + " but cuDNN is " + version + INSTALL);
        } else {
            finding = Finding.ok(title, (release.isEmpty() ? "" : release + ", ") + file);
        }
        return finding.at(file.toString(), release);
    }

    /** {@code 9.5.1} where the file that is meant ends so. */
    private static String release(Path file) {
        try {
            Matcher matcher = RELEASE.matcher(file.toRealPath().toString());
            return matcher.find() ? matcher.group(1) : "";
        } catch (IOException gone) {
            return "";
        }
    }

    /** Loads files in other processes; where one ends its process, another goes on behind it. */
    private Map<Path, String> load(List<Path> files) {
        Map<Path, String> words = new LinkedHashMap<>();
        List<Path> left = new ArrayList<>(files);
        while (!left.isEmpty()) {
            List<String> arguments = new ArrayList<>();
            arguments.add(CudaProbe.Step.FILES.name());
            folders.forEach(folder -> arguments.add(folder.toString()));
            arguments.add(CudaProbe.FILES_FOLLOW);
            left.forEach(file -> arguments.add(file.toString()));
            Answer answer =
                    ProbeProcess.ask(ProbeProcess.java(CudaProbe.class, CudnnProbe.PROPERTIES, arguments), limit);
            for (Path file : files) {
                if (answer.values().containsKey(file.toString())) {
                    words.put(file, answer.value(file.toString()));
                }
            }
            String trying = answer.value("trying");
            if (trying.isEmpty()) {
                left.forEach(file -> words.put(file, "a process for it " + answer.failure()));
            } else {
                words.putIfAbsent(Path.of(trying), "a process that did " + answer.failure());
            }
            left.removeAll(words.keySet());
        }
        return words;
    }

    /** What the system's loader knows, by name. */
    private static Map<String, Path> systemsFiles() {
        Map<String, Path> files = new LinkedHashMap<>();
        for (String line :
                ProbeProcess.ask(List.of("/sbin/ldconfig", "-p"), LONGEST_LIST).lines()) {
            int arrow = line.indexOf(" => ");
            int space = line.strip().indexOf(' ');
            if (arrow > 0 && space > 0 && line.contains("x86-64")) {
                files.putIfAbsent(line.strip().substring(0, space), Path.of(line.substring(arrow + 4)));
            }
        }
        return files;
    }
}
