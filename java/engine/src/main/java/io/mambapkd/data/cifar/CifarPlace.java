package io.mambapkd.data.cifar;

import io.mambapkd.InputException;
import io.mambapkd.PlainText;
import io.mambapkd.Problem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where the files of a data set are.
 *
 * @param path the archive, or the folder with the unpacked files
 */
record CifarPlace(Path path, boolean isArchive) {
    /**
     * @param place a folder, or the archive itself
     * @throws InputException if neither files nor archive are there
     */
    static CifarPlace find(Cifar set, Path place) {
        if (Files.isRegularFile(place)) {
            return new CifarPlace(place, true);
        }
        for (Path folder : List.of(place, place.resolve(set.folder()))) {
            if (Files.isDirectory(folder) && files(set).anyMatch(name -> Files.exists(folder.resolve(name)))) {
                return new CifarPlace(folder, false);
            }
        }
        for (String name : List.of(set.archive(), set.plainArchive())) {
            if (Files.isRegularFile(place.resolve(name))) {
                return new CifarPlace(place.resolve(name), true);
            }
        }
        throw absent(set, place);
    }

    private static Stream<String> files(Cifar set) {
        return Stream.concat(set.trainingFiles().stream(), Stream.of(set.testFile()));
    }

    private static InputException absent(Cifar set, Path place) {
        String expected = "expected " + set.archive() + " or the folder " + set.folder() + ", got ";
        String remedy = "get it with mamba-pkd data fetch " + set.fetched() + ", or name the folder with " + set.id()
                + ":DIR or --data-dir DIR";
        for (String other : set.otherVersions()) {
            if (Files.exists(place.resolve(other)) || place.endsWith(other)) {
                return new InputException(new Problem(
                        expected + other + ", which is " + version(other) + ", at " + place,
                        "the binary version is needed: " + remedy));
            }
        }
        if (Files.exists(place.resolve(set.archive() + ".part"))) {
            return new InputException(new Problem(
                    expected + "a download that is not finished, at " + place.resolve(set.archive() + ".part"),
                    "go on with it with mamba-pkd data fetch " + set.fetched()));
        }
        String what = Files.isDirectory(place)
                ? Files.isReadable(place) && Files.isExecutable(place)
                        ? "a folder without either"
                        : "a folder that may not be entered (permission denied)"
                : Files.exists(place) ? "something that is neither folder nor file" : "nothing";
        return new InputException(new Problem(expected + what + ", at " + place, remedy));
    }

    private static String version(String name) {
        return name.contains("-mat") ? "the version for MATLAB" : "the version for Python";
    }

    /** Of an archive in which a file is missing: it may be another version. */
    static InputException lacking(Cifar set, Path archive, List<String> entries, String missing) {
        String expected = "expected the binary version of " + set.id() + ", got ";
        for (String other : set.otherVersions()) {
            if (entries.stream().anyMatch(entry -> entry.startsWith(other + "/"))) {
                return new InputException(new Problem(
                        expected + version(other) + ", at " + archive,
                        "use " + set.archive() + ", as from mamba-pkd data fetch " + set.fetched()));
            }
        }
        String first = entries.isEmpty() ? "nothing" : PlainText.of(entries.get(0));
        return new InputException(new Problem(
                expected + "an archive without " + missing + " whose first file is " + first + ", at " + archive,
                "use " + set.archive() + ", as from mamba-pkd data fetch " + set.fetched()));
    }
}
