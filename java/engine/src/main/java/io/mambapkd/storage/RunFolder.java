package io.mambapkd.storage;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.runtime.model.ModelFolder;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The folder that holds everything a run leaves behind. The only place that knows the names in it:
 *
 * <pre>
 * run.json         what was asked for beside the settings, and what has computed it
 * config.yaml      the settings, resolved
 * metrics.jsonl    a line for each epoch
 * saves/           states of the training that is not finished: {@link SaveFolder}
 * checkpoints/     teacher.safetensors, student-1-NAME.safetensors, ...
 * model.json       what the runtime reads beside the checkpoints of the students
 * calibration.json what the certified early exits come to
 * summary.json     the results
 * report.html      the results, for people
 * run.lock         held by the process that writes here; stays when it has ended
 * SHA256SUMS       hashes of all of these, once the run has ended: see {@link RunSums}
 * </pre>
 */
public final class RunFolder {
    private static final Pattern UNSAFE = Pattern.compile("[^A-Za-z0-9._-]");
    private static final String STUDENT = "student-";
    private static final String CONTROL = "control-";
    private static final String LOCK = "run.lock";
    private static final String CHECKPOINT = ".safetensors";
    private static final int LONGEST_NAME = 100;

    private final Path path;

    RunFolder(Path path) {
        this.path = path;
    }

    /**
     * Makes the folder of a new run, and its parents.
     *
     * @throws InputException if there is something in it already, or it cannot be made or written to
     */
    public static RunFolder create(Path path) {
        RunFolder folder = new RunFolder(path);
        new NewRunFolder(folder).make();
        return folder;
    }

    /**
     * Checks what {@link #create} would, without making anything.
     *
     * @throws InputException if there is something in the folder already
     */
    public static void requireNew(Path path) {
        new NewRunFolder(new RunFolder(path)).requireEmpty();
    }

    /**
     * The folder of a run that was made before.
     *
     * @throws InputException if it is not one
     */
    public static RunFolder open(Path path) {
        RunFolder folder = new RunFolder(path);
        if (!Files.isRegularFile(folder.config())) {
            throw none(path);
        }
        return folder;
    }

    /**
     * The folder of a run of which anything may be lost or damaged.
     *
     * @throws InputException if nothing in it is a run's
     */
    public static RunFolder find(Path path) {
        RunFolder folder = new RunFolder(path);
        if (!Files.isDirectory(path)
                || RunFile.all(folder).stream().noneMatch(file -> file.kind().isOfRun())) {
            throw none(path);
        }
        return folder;
    }

    private static InputException none(Path path) {
        return new InputException("expected a run folder with a config.yaml, got "
                + (Files.isDirectory(path) ? "a folder without one" : "no folder") + ", at " + path
                + "; name the folder that a run has written");
    }

    /**
     * Checks that a run can go on in this folder.
     *
     * @throws InputException if nothing can be written into it
     */
    public void requireWritable() {
        for (Path folder : List.of(path, checkpoints())) {
            if (Files.exists(folder) && !(Files.isDirectory(folder) && Files.isWritable(folder))) {
                throw new InputException(
                        "expected a run folder that can be written with --resume, got one that cannot, at " + folder
                                + "; change its permissions, or copy the run to a place that can be written");
            }
        }
    }

    /** Makes the folder of the checkpoints where it was lost with what was in it, as by a copy that leaves out empty folders. */
    public void makeCheckpoints() {
        try {
            Files.createDirectories(checkpoints());
        } catch (IOException e) {
            throw new InputException(
                    "cannot make the folder " + checkpoints() + ": " + FileFailure.reason(e)
                            + "; make the run folder writable",
                    e);
        }
    }

    public Path path() {
        return path;
    }

    public Path config() {
        return path.resolve("config.yaml");
    }

    public Path record() {
        return path.resolve("run.json");
    }

    public Path metrics() {
        return path.resolve("metrics.jsonl");
    }

    /** Lines of stages that were not finished when the run went on. */
    public Path droppedMetrics() {
        return path.resolve("metrics.dropped.jsonl");
    }

    public Path summary() {
        return path.resolve("summary.json");
    }

    /** What describes the chain to the runtime. */
    public Path model() {
        return path.resolve(ModelFolder.DESCRIPTION);
    }

    /** What the certified early exits come to. */
    public Path calibration() {
        return path.resolve("calibration.json");
    }

    public Path report() {
        return path.resolve("report.html");
    }

    public Path sums() {
        return path.resolve("SHA256SUMS");
    }

    /** For {@link RunLock} alone: opening and closing it ends the lock of this process. */
    public Path lock() {
        return path.resolve(LOCK);
    }

    /** Whether a file is in this folder, or would be. */
    boolean contains(Path file) {
        Path parent = file.toAbsolutePath().getParent();
        try {
            return parent != null && parent.toRealPath().startsWith(path.toRealPath());
        } catch (IOException missing) {
            return false;
        }
    }

    public Path checkpoints() {
        return path.resolve("checkpoints");
    }

    /** Where the states of the training that is not finished are. */
    public Path saves() {
        return path.resolve("saves");
    }

    public Path teacher() {
        return checkpoints().resolve("teacher" + CHECKPOINT);
    }

    /**
     * @param number from 1, in the order of training
     * @param name any text; what does not belong into a file name is replaced
     */
    public Path student(int number, String name) {
        return checkpoints().resolve(String.format(Locale.ROOT, "%s%d-%s%s", STUDENT, number, safe(name), CHECKPOINT));
    }

    /** A model that is neither the teacher nor a student of the group. */
    public Path control(String name) {
        return checkpoints().resolve(CONTROL + safe(name) + CHECKPOINT);
    }

    /**
     * The checkpoints that there are, in the order in which they were finished.
     *
     * @throws IOException if the folder cannot be read
     */
    public List<Path> finished() throws IOException {
        Map<Path, FileTime> times = new HashMap<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(checkpoints(), "*" + CHECKPOINT)) {
            for (Path file : files) {
                times.put(file, Files.getLastModifiedTime(file));
            }
        }
        return times.entrySet().stream()
                .sorted(Map.Entry.<Path, FileTime>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Whether models are there that the group is compared with. */
    public boolean hasControls() {
        return others(List.of()).stream()
                .anyMatch(file -> String.valueOf(file.getFileName()).startsWith(CONTROL));
    }

    /**
     * The checkpoints that there are beside these.
     *
     * @throws InputException if the folder cannot be read
     */
    public List<Path> others(List<Path> known) {
        try {
            return Files.isDirectory(checkpoints())
                    ? finished().stream().filter(file -> !known.contains(file)).toList()
                    : List.of();
        } catch (IOException e) {
            throw new InputException(
                    "cannot read the folder " + checkpoints() + ": " + FileFailure.reason(e) + "; make it readable", e);
        }
    }

    /** Those within the run folder that hold its files. */
    List<Path> folders() {
        return List.of(checkpoints(), saves());
    }

    /** Whether a place has the name of a student's checkpoint, of whatever student. */
    boolean isStudent(Path place) {
        return isCheckpoint(place, STUDENT);
    }

    /** The same of a control. */
    boolean isControl(Path place) {
        return isCheckpoint(place, CONTROL);
    }

    private boolean isCheckpoint(Path place, String beginning) {
        String name = String.valueOf(place.getFileName());
        return checkpoints().equals(place.getParent()) && name.startsWith(beginning) && name.endsWith(CHECKPOINT);
    }

    private static String safe(String name) {
        String safe = UNSAFE.matcher(name).replaceAll("_");
        return safe.substring(0, Math.min(safe.length(), LONGEST_NAME));
    }
}
