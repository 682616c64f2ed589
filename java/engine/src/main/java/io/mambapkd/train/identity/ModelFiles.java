package io.mambapkd.train.identity;

import io.mambapkd.checkpoint.Checkpoint;
import io.mambapkd.checkpoint.Checkpoint.Label;
import io.mambapkd.nn.Parameters;
import io.mambapkd.ops.Backend;
import io.mambapkd.storage.RunFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes the checkpoints of one run, each with what it is a part of. */
public final class ModelFiles {
    private static final String MODEL = "model";

    private final RunFolder folder;
    private final RunIdentity identity;
    private final Backend backend;

    public ModelFiles(RunFolder folder, RunIdentity identity, Backend backend) {
        this.folder = folder;
        this.identity = identity;
        this.backend = backend;
    }

    /** Saves the teacher that this run has trained. */
    public void saveTeacher(Parameters parameters) {
        saveTeacher(parameters, "");
    }

    /**
     * The same for one that was taken from another run.
     *
     * @param origin id of the run that trained it
     */
    public void saveTeacher(Parameters parameters, String origin) {
        save(folder.teacher(), parameters, Map.of(), RunParts.TEACHER, 0, Map.of(), origin);
    }

    /**
     * Saves a student.
     *
     * @param position from 1, in the order of training
     * @return its file
     */
    public Path saveStudent(int position, String name, Parameters parameters) {
        Path file = folder.student(position, name);
        save(file, parameters, Map.of(), name, position, frozen(position), "");
        return file;
    }

    /**
     * Saves a model that the group is compared with.
     *
     * @param kind of control
     * @param position from 1, in its own group
     * @param file a name for it
     */
    public void saveControl(Path file, String kind, int position, String name, Parameters parameters) {
        save(file, parameters, Map.of("control", kind), name, position, hashes(List.of(folder.teacher())), "");
    }

    private void save(
            Path file,
            Parameters parameters,
            Map<String, String> more,
            String model,
            int position,
            Map<String, String> frozen,
            String origin) {
        Map<String, String> metadata = new LinkedHashMap<>(more);
        metadata.put(MODEL, model);
        metadata.put(
                Label.STATE, identity.state(model, position, frozen, origin).write());
        Checkpoint.save(file, parameters, backend, metadata);
    }

    /** The teacher and the students before. */
    private Map<String, String> frozen(int position) {
        return hashes(files(folder, identity.students().subList(0, position - 1)));
    }

    /** SHA-256 of the checkpoints of teacher and students that there are: file name to hash, in order. */
    public static Map<String, String> finished(RunFolder folder, RunIdentity identity) {
        return hashes(files(folder, identity.students()).stream()
                .filter(Files::exists)
                .toList());
    }

    static List<Path> files(RunFolder folder, List<String> students) {
        List<Path> files = new java.util.ArrayList<>();
        files.add(folder.teacher());
        for (String student : students) {
            files.add(folder.student(files.size(), student));
        }
        return files;
    }

    static Map<String, String> hashes(List<Path> files) {
        Map<String, String> hashes = new LinkedHashMap<>();
        for (Path file : files) {
            hashes.put(
                    String.valueOf(file.getFileName()), Checkpoint.label(file).sha256());
        }
        return hashes;
    }
}
