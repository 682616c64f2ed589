package io.mambapkd.storage;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place in a run folder.
 *
 * @param name below the folder, with slashes
 * @param path of the place
 * @param kind what is there, by its name alone
 */
public record RunFile(String name, Path path, Kind kind) {
    /**
     * What a file of a run folder is. A new kind is added here, in {@link RunFile#kindOf}, and in {@code FileContent}, which reads it; a new folder in {@link RunFolder#folders}.
     */
    public enum Kind {
        RECORD("run", true),
        CONFIG("settings", true),
        /** The state of a training that is not finished. */
        SAVE("save", false),
        METRICS("epochs", true),
        DROPPED_METRICS("dropped epochs", true),
        TEACHER("teacher", true),
        STUDENT("student", true),
        CONTROL("control", true),
        MODEL("model", true),
        CALIBRATION("calibration", true),
        SUMMARY("results", true),
        REPORT("report", true),
        SUMS("checksums", false),
        /** Held by the process that works in the folder; nothing of the run is in it. */
        LOCK("lock", false),
        /** Being written, or left by a process that was killed. */
        TEMPORARY("temporary", false),
        OTHER("other", false);

        private final String text;
        private final boolean listed;

        Kind(String text, boolean listed) {
            this.text = text;
            this.listed = listed;
        }

        /** For people. */
        public String text() {
            return text;
        }

        /** Whether {@link RunSums} lists such files: all that a run leaves behind but the list. */
        public boolean isListed() {
            return listed;
        }

        /** Whether a run leaves such files behind. */
        boolean isOfRun() {
            return listed || this == SUMS;
        }

        /** Whether such a file has a hash of itself in it. */
        public boolean hasSeal() {
            return this == TEACHER || this == STUDENT || this == CONTROL || this == SAVE;
        }
    }

    private static final Pattern NUMBERED = Pattern.compile("student-([0-9]{1,9})-.*", Pattern.DOTALL);

    /** That in which a run writes them, students by their numbers. */
    public static final Comparator<RunFile> ORDER = Comparator.comparing(RunFile::kind)
            .thenComparingInt(RunFile::number)
            .thenComparing(RunFile::name);

    /**
     * Everything that lies in a run folder and in its own folders, in order; what is in other folders is not looked at.
     *
     * @throws InputException if a folder cannot be read
     */
    public static List<RunFile> all(RunFolder folder) {
        List<RunFile> files = new ArrayList<>();
        for (Path entry : entries(folder.path())) {
            boolean own = folder.folders().contains(entry) && Files.isDirectory(entry);
            for (Path place : own ? entries(entry) : List.of(entry)) {
                files.add(of(folder, place));
            }
        }
        files.sort(ORDER);
        return files;
    }

    private static List<Path> entries(Path folder) {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
            stream.forEach(entries::add);
        } catch (IOException | DirectoryIteratorException e) {
            IOException cause =
                    e instanceof DirectoryIteratorException iterating ? iterating.getCause() : (IOException) e;
            throw new InputException(
                    "cannot read the folder " + folder + ": " + FileFailure.reason(cause) + "; make it readable", e);
        }
        return entries;
    }

    /** A place in a run folder, whether anything is there or not. */
    public static RunFile of(RunFolder folder, Path place) {
        String name = folder.path().relativize(place).toString();
        return new RunFile(name.replace(place.getFileSystem().getSeparator(), "/"), place, kindOf(folder, place));
    }

    private static Kind kindOf(RunFolder folder, Path place) {
        Map<Path, Kind> single = Map.ofEntries(
                Map.entry(folder.record(), Kind.RECORD),
                Map.entry(folder.config(), Kind.CONFIG),
                Map.entry(folder.metrics(), Kind.METRICS),
                Map.entry(folder.droppedMetrics(), Kind.DROPPED_METRICS),
                Map.entry(folder.teacher(), Kind.TEACHER),
                Map.entry(folder.model(), Kind.MODEL),
                Map.entry(folder.calibration(), Kind.CALIBRATION),
                Map.entry(folder.summary(), Kind.SUMMARY),
                Map.entry(folder.report(), Kind.REPORT),
                Map.entry(folder.sums(), Kind.SUMS),
                Map.entry(folder.lock(), Kind.LOCK));
        if (single.containsKey(place)) {
            return single.getOrDefault(place, Kind.OTHER);
        }
        if (folder.isStudent(place)) {
            return Kind.STUDENT;
        }
        if (folder.saves().equals(place.getParent()) && SaveFolder.isSave(place)) {
            return Kind.SAVE;
        }
        if (folder.isControl(place)) {
            return Kind.CONTROL;
        }
        return DurableFiles.isTemporary(String.valueOf(place.getFileName())) ? Kind.TEMPORARY : Kind.OTHER;
    }

    private int number() {
        Matcher number = NUMBERED.matcher(String.valueOf(path.getFileName()));
        return number.matches() ? Integer.parseInt(number.group(1)) : 0;
    }
}
