package io.mambapkd.data;

import io.mambapkd.InputException;
import io.mambapkd.PlainText;
import io.mambapkd.Problem;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The four files of a dataset in a folder. Their standard names are MNIST's, plain or with {@code .gz}; taken as well is what unpackers and other
 * datasets make of them: {@code train-images.idx3-ubyte}, {@code emnist-letters-test-images-idx3-ubyte.gz}, {@code qmnist-train-labels-idx2-int}.
 *
 * @param prefix in front of {@code train} and {@code test}, in lower case without its hyphen; empty for the standard names
 * @param files by their standard names
 */
record IdxNames(String prefix, Map<String, Path> files) {
    /** The standard names. */
    static final List<String> STANDARD = List.of(
            "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte");

    private static final Pattern NAME =
            Pattern.compile("(.*?)[-_.]?(train|training|t10k|test|testing)[-_. ]?(images?|labels?)"
                    + "(?:[-_.](?:idx[0-9]?|ubyte|byte|short|int|float|double))*(?:\\.gz)?");

    private static final Pattern ARCHIVE =
            Pattern.compile("(?i).*\\.(?:zip|7z|rar|tar|tgz|tbz2?|txz|tar\\.(?:gz|bz2|xz|zst))");

    /** What browsers and other programs call a file that they have not all of. */
    private static final Pattern UNFINISHED =
            Pattern.compile("(?i).*\\.(?:part|partial|crdownload|download|filepart|aria2|incomplete)");

    private static final int MOST_NAMED = 6;

    /**
     * @param place a folder, or a folder and the beginning of names in it
     * @throws InputException if not exactly one set of files is there
     */
    static IdxNames find(Path place) {
        Path absolute = place.toAbsolutePath().normalize();
        Path parent = absolute.getParent();
        if (!Place.isTaken(place) && parent != null && Files.isDirectory(parent)) {
            String prefix = String.valueOf(absolute.getFileName())
                    .toLowerCase(Locale.ROOT)
                    .replaceAll("[-_.]$", "");
            List<IdxNames> sets = sets(parent);
            for (IdxNames set : sets) {
                if (set.prefix.equals(prefix)) {
                    return set.whole(parent);
                }
            }
            List<IdxNames> others = sets.stream().filter(IdxNames::isWhole).toList();
            if (!others.isEmpty()) {
                throw new InputException(new Problem(
                        "expected a folder, or the beginning of the names of four IDX files, got neither, at " + place,
                        "choose one of " + choices(others)));
            }
        }
        Place.requireFolder(place);
        IdxNames standard = standard(place);
        if (standard.isWhole()) {
            return standard;
        }
        List<IdxNames> sets = sets(place);
        List<IdxNames> whole = sets.stream().filter(IdxNames::isWhole).toList();
        if (whole.isEmpty()) {
            whole = wholeIn(folders(place));
        }
        if (whole.isEmpty()) {
            whole = wholeIn(folders(place).flatMap(IdxNames::folders));
        }
        if (whole.size() > 1) {
            throw several(place, whole);
        }
        if (whole.size() == 1) {
            return whole.get(0);
        }
        // The message is about the set of which most is there.
        IdxNames most = sets.stream()
                .max(Comparator.comparingInt(set -> set.files.size()))
                .orElse(standard);
        return (most.files.size() > standard.files.size() ? most : standard).whole(place);
    }

    private static IdxNames standard(Path folder) {
        Map<String, Path> files = new TreeMap<>();
        for (String name : STANDARD) {
            Stream.of(name, name + ".gz")
                    .map(folder::resolve)
                    .filter(Place::isTaken)
                    .findFirst()
                    .ifPresent(path -> files.put(name, unfolded(path)));
        }
        return new IdxNames("", files);
    }

    /** What there is of each set, by prefix; of two files for one purpose the plain one counts. */
    private static List<IdxNames> sets(Path folder) {
        Map<String, Map<String, Path>> sets = new TreeMap<>();
        for (Path path : visible(folder)) {
            Matcher name = NAME.matcher(String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT));
            if (name.matches()) {
                String standard = standardName(name);
                sets.computeIfAbsent(name.group(1), prefix -> new TreeMap<>()).putIfAbsent(standard, unfolded(path));
            }
        }
        Map<String, Path> standard = standard(folder).files;
        if (!standard.isEmpty()) {
            sets.computeIfAbsent("", prefix -> new TreeMap<>()).putAll(standard);
        }
        return sets.entrySet().stream()
                .map(set -> new IdxNames(set.getKey(), set.getValue()))
                .toList();
    }

    private static List<IdxNames> wholeIn(Stream<Path> folders) {
        return folders.flatMap(folder -> sets(folder).stream())
                .filter(IdxNames::isWhole)
                .toList();
    }

    private static String standardName(Matcher name) {
        return (name.group(2).startsWith("train") ? "train" : "t10k")
                + (name.group(3).startsWith("image") ? "-images-idx3-ubyte" : "-labels-idx1-ubyte");
    }

    /** The file in a folder of its own name, as some archives have it; else the path itself. */
    private static Path unfolded(Path path) {
        if (!Files.isDirectory(path)) {
            return path;
        }
        List<Path> inside = visible(path).stream()
                .filter(file -> NAME.matcher(String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT))
                        .matches())
                .toList();
        return inside.size() == 1 ? inside.get(0) : path;
    }

    private static Stream<Path> folders(Path folder) {
        return visible(folder).stream().filter(path -> Files.isDirectory(path) && Files.isReadable(path));
    }

    /** Sorted: a plain file comes before its packed twin. */
    private static List<Path> entries(Path folder) {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
            stream.forEach(entries::add);
        } catch (DirectoryIteratorException e) {
            throw unlisted(folder, e.getCause());
        } catch (IOException e) {
            throw unlisted(folder, e);
        }
        entries.sort(Comparator.naturalOrder());
        return entries;
    }

    /** Without what begins with a full stop, such as the ._ files of macOS. */
    private static List<Path> visible(Path folder) {
        return entries(folder).stream()
                .filter(path -> !String.valueOf(path.getFileName()).startsWith("."))
                .toList();
    }

    private static InputException unlisted(Path folder, IOException cause) {
        return Place.unreachable("expected a folder with the four IDX files, got ", folder, null, cause);
    }

    private boolean isWhole() {
        return files.size() == STANDARD.size();
    }

    private IdxNames whole(Path folder) {
        for (String name : STANDARD) {
            if (!files.containsKey(name)) {
                throw missing(folder, name);
            }
        }
        return this;
    }

    private InputException missing(Path folder, String standard) {
        String name = prefix.isEmpty() ? standard : prefix + "-" + standard.replace("t10k", "test");
        List<String> there = visible(folder).stream()
                .map(path -> String.valueOf(path.getFileName()))
                .toList();
        String remedy = there.stream()
                .filter(file -> looksLike(file, standard))
                .findFirst()
                .map(IdxNames::remedy)
                .or(() -> there.stream()
                        .filter(file -> ARCHIVE.matcher(file).matches())
                        .findFirst()
                        .map(file -> "if they are in " + PlainText.of(file) + ", unpack it there"))
                .orElse("put the four IDX files there under their standard names");
        return new InputException(new Problem(
                "expected a file " + name + " or " + name + ".gz, got neither, in " + folder + present(folder),
                remedy));
    }

    /** What to do about a file whose name begins like the right one. */
    private static String remedy(String file) {
        if (file.endsWith(".dvc")) {
            return "DVC keeps the file elsewhere: fetch it with dvc pull " + file;
        }
        String there = "there is " + PlainText.of(file) + ": ";
        return UNFINISHED.matcher(file).matches()
                ? there + "its download has not finished; wait for it, or get the file again"
                : there + "unpack it, or rename it if that is the file";
    }

    /** Whether a name begins like that of a file of this purpose. */
    private static boolean looksLike(String file, String standard) {
        Matcher name = NAME.matcher(file.toLowerCase(Locale.ROOT));
        return name.lookingAt() && standardName(name).equals(standard);
    }

    /** {@code , where there are a, b and 3 more}. */
    private static String present(Path folder) {
        List<String> names = visible(folder).stream()
                .map(path -> PlainText.of(String.valueOf(path.getFileName())) + (Files.isDirectory(path) ? "/" : ""))
                .toList();
        if (names.isEmpty()) {
            return ", which is empty";
        }
        String some = names.stream().limit(MOST_NAMED).collect(Collectors.joining(", "));
        int more = names.size() - MOST_NAMED;
        return ", where there is " + some + (more > 0 ? " and " + more + " more" : "");
    }

    private static InputException several(Path place, List<IdxNames> sets) {
        return new InputException(new Problem(
                "expected the four IDX files of one dataset, got those of " + sets.size() + ", in " + place,
                "choose one of " + choices(sets)));
    }

    private static String choices(List<IdxNames> sets) {
        int more = sets.size() - MOST_NAMED;
        return sets.stream().limit(MOST_NAMED).map(IdxNames::descriptor).collect(Collectors.joining(", "))
                + (more > 0 ? " and " + more + " more" : "");
    }

    /** Descriptor that chooses this set alone. */
    private String descriptor() {
        Path folder = folder();
        return "idx:" + (prefix.isEmpty() || folder == null ? folder : folder.resolve(prefix));
    }

    private @Nullable Path folder() {
        return files.values().iterator().next().getParent();
    }

    /** Names by which the dataset may be known: the files' own, and their folder's. */
    boolean mentions(String word) {
        Path folder = folder();
        Path name = folder == null ? null : folder.toAbsolutePath().normalize().getFileName();
        return prefix.startsWith(word)
                || name != null && name.toString().toLowerCase(Locale.ROOT).startsWith(word);
    }
}
