package io.mambapkd.ops.cuda.checkup;

import io.mambapkd.doctor.Finding;
import io.mambapkd.doctor.ProbeProcess;
import io.mambapkd.doctor.ProbeProcess.Answer;
import io.mambapkd.doctor.TimeLimit;
import io.mambapkd.ops.cuda.natives.LibraryFolders;
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
public final class CudnnParts {
    public static final List<String> NAMES =
            List.of("graph", "ops", "cnn", "engines_precompiled", "engines_runtime_compiled", "heuristic");
    private static final Duration LONGEST_LIST = Duration.ofSeconds(10);
    private static final Pattern RELEASE = Pattern.compile("\\.so\\.([0-9]+\\.[0-9]+\\.[0-9]+)$");
    private static final String INSTALL =
            "install all of cuDNN 9 from one package, or name its folder with --cuda-libs";

    /** What cuDNN's own library turned out to be. */
    enum Front {
        MISSING,
        REAL,
        /** It has its parts inside. */
        EMULATED
    }

    /** Keys of the process that loads them: of a part's file, of the file that comes next, of the loader's words about one. */
    static final String FILE = "file.";

    static final String TRYING = "trying";
    static final String WORDS = "words.";

    private final List<Path> folders;
    private final TimeLimit time;

    /** @param folders of NVIDIA's libraries */
    CudnnParts(List<Path> folders, TimeLimit time) {
        this.folders = folders;
        this.time = time;
    }

    /**
     * A finding for each.
     *
     * @param first what a process said that began with {@link CudaProbe.Step#PARTS}
     * @param version of cuDNN, empty if that is not known
     * @param works whether a convolution came to its end
     */
    List<Finding> findings(Front front, Answer first, String version, boolean works) {
        Map<String, Path> files = new LinkedHashMap<>();
        first.values(FILE).forEach((name, file) -> files.put(name, Path.of(file)));
        Map<Path, String> loaded = loaded(first, List.copyOf(files.values()));
        return NAMES.stream()
                .map(name -> finding(name, files.get(name), front, version, works, loaded))
                .toList();
    }

    /**
     * Where they are, by name.
     *
     * @param folders of NVIDIA's libraries
     * @param front cuDNN's own library, null if it is of no use
     */
    static Map<String, Path> files(List<Path> folders, @Nullable Path front) {
        List<Path> places = new ArrayList<>(LibraryFolders.withProperty(folders));
        if (front != null) {
            places.add(0, front.toAbsolutePath().resolveSibling(""));
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
        return files;
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
                            : Finding.problem(title, file(name) + " is missing", INSTALL);
            };
        }
        String words = loaded.getOrDefault(file, "not tried");
        String release = release(file);
        Finding finding;
        if (!words.equals(CudaProbe.LOADED)) {
            finding = Finding.problem(title, "cannot load " + file + ": " + words.replace(file + ": ", ""), INSTALL);
        } else if (!release.isEmpty() && !version.isEmpty() && !release.equals(version)) {
            finding = Finding.problem(title, file + " is " + release + " but cuDNN is " + version, INSTALL);
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

    /** What the loader said of each file; where one ended its process, another process goes on behind it. */
    private Map<Path, String> loaded(Answer first, List<Path> files) {
        Map<Path, String> words = new LinkedHashMap<>();
        Answer answer = first;
        while (true) {
            answer.values(WORDS).forEach((file, said) -> words.put(Path.of(file), said));
            String trying = answer.value(TRYING);
            if (!trying.isEmpty()) {
                words.putIfAbsent(Path.of(trying), ended(answer));
            }
            List<Path> left =
                    files.stream().filter(file -> !words.containsKey(file)).toList();
            if (left.isEmpty()) {
                return words;
            }
            if (trying.isEmpty()) {
                String end = ended(answer);
                left.forEach(file -> words.put(file, end));
                return words;
            }
            answer = CudaCheckup.ask(List.of(CudaProbe.Step.PARTS), List.copyOf(words.keySet()), folders, time)
                    .get(CudaProbe.Step.PARTS);
        }
    }

    private static String ended(Answer answer) {
        return "a process that did " + answer.failure();
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
