package io.mambapkd.train.identity;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.checkpoint.Checkpoint;
import io.mambapkd.checkpoint.Checkpoint.Label;
import io.mambapkd.results.CheckpointState;
import io.mambapkd.results.DataRecord;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.StudentSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The models of a run that are finished, and what they say of themselves. They are a prefix of the chain: the teacher, then the students in order.
 *
 * @param identity of the run
 * @param teacher whether the teacher is there
 * @param students how many students are there, from the first
 * @param unmarked a sentence for each checkpoint that does not say of which run it is
 * @param replaced a sentence for each checkpoint whose teacher or earlier students were replaced since
 */
public record RunParts(
        RunIdentity identity, boolean teacher, int students, List<String> unmarked, List<String> replaced) {
    /** Name of the model that is no student. */
    public static final String TEACHER = "teacher";

    public RunParts {
        unmarked = List.copyOf(unmarked);
        replaced = List.copyOf(replaced);
    }

    /** Of a run that has just begun. */
    public static RunParts none(RunIdentity identity) {
        return new RunParts(identity, false, 0, List.of(), List.of());
    }

    /**
     * Looks at the checkpoints of a run folder.
     *
     * @param otherwise the identity where no checkpoint tells it
     * @throws InputException if one is damaged, holds another model than its name says, is a part of another run, or is missing while later ones are there
     */
    public static RunParts of(RunFolder folder, RunSpec spec, RunIdentity otherwise) {
        return of(folder, spec, otherwise, 0);
    }

    /** The same where students alone are wanted: the teacher may be missing, as in a folder that keeps results. */
    public static RunParts ofStudents(RunFolder folder, RunSpec spec, RunIdentity otherwise) {
        return of(folder, spec, otherwise, Files.exists(folder.teacher()) ? 0 : 1);
    }

    /** @param first position of the first checkpoint that must be there */
    private static RunParts of(RunFolder folder, RunSpec spec, RunIdentity otherwise, int first) {
        List<String> names = spec.students().stream().map(StudentSettings::name).toList();
        List<Path> all = ModelFiles.files(folder, names);
        List<Path> files = all.subList(first, all.size());
        int finished = finished(files, folder);
        List<String> unmarked = new ArrayList<>();
        Map<Path, CheckpointState> states = new LinkedHashMap<>();
        for (int position = first; position < first + finished; position++) {
            Path file = all.get(position);
            Label label = label(file, folder);
            String model = position == 0 ? TEACHER : names.get(position - 1);
            CheckpointState state = PartProblems.state(file, label);
            refuse(PartProblems.model(file, label, state, model));
            if (state == null) {
                unmarked.add(unmarked(file));
            } else {
                requireSameRun(file, state, states);
                states.put(file, state);
            }
        }
        requireSettings(folder, spec, states);
        RunIdentity identity =
                states.values().stream().findFirst().map(RunIdentity::of).orElse(otherwise);
        return new RunParts(
                identity,
                first == 0 && finished > 0,
                Math.max(0, first + finished - 1),
                unmarked,
                replaced(states, files.subList(0, finished), folder));
    }

    /** The sentence on a checkpoint that does not say of which run it is. */
    public static String unmarked(Path file) {
        return file
                + " does not say which run and which data it is of: it is of another program or of an older version,"
                + " and is taken as it is";
    }

    /** The checkpoints of teacher and students under their names, whether finished or not. */
    public List<Path> files(RunFolder folder) {
        return ModelFiles.files(folder, identity.students());
    }

    /** How many files there are from the first on. */
    private static int finished(List<Path> files, RunFolder folder) {
        int finished = 0;
        while (finished < files.size() && Files.exists(files.get(finished))) {
            finished++;
        }
        for (int later = finished + 1; later < files.size(); later++) {
            if (Files.exists(files.get(later))) {
                throw new InputException(new Problem(
                        "expected " + files.get(finished) + ", got nothing, while "
                                + files.get(later).getFileName() + " is there"
                                + renamed(folder, files, files.get(finished)),
                        "put it back, or remove the checkpoints after it"));
            }
        }
        if (finished < files.size()) {
            String other = renamed(folder, files, files.get(finished));
            if (!other.isEmpty()) {
                throw new InputException(new Problem(
                        "expected " + files.get(finished) + ", got nothing" + other,
                        "give it its own name back, or take it out of the folder"));
            }
        }
        return finished;
    }

    /** {@code , and x.safetensors holds the model a}: a file that is none of the run's by its name and holds the missing model. */
    private static String renamed(RunFolder folder, List<Path> files, Path missing) {
        for (Path file : folder.others(files)) {
            Label label = Checkpoint.label(file);
            CheckpointState state = PartProblems.state(file, label);
            if (state != null && PartProblems.place(folder, label, state).equals(Optional.of(missing))) {
                return ", and " + file.getFileName() + " holds the model " + state.model();
            }
        }
        return "";
    }

    private static Label label(Path file, RunFolder folder) {
        try {
            return Checkpoint.label(file);
        } catch (InputException damaged) {
            throw new InputException(
                    new Problem(
                            damaged.getMessage(),
                            "or remove it with the checkpoints after it, and train these again with mamba-pkd distill --resume "
                                    + folder.path()),
                    damaged);
        }
    }

    private static void requireSameRun(Path file, CheckpointState state, Map<Path, CheckpointState> before) {
        before.forEach((other, expected) -> refuse(PartProblems.run(file, state, other, expected)));
    }

    private static void requireSettings(RunFolder folder, RunSpec spec, Map<Path, CheckpointState> states) {
        states.forEach((file, state) -> refuse(PartProblems.settings(folder.config(), spec, file, state)));
    }

    private static void refuse(Optional<Problem> problem) {
        if (problem.isPresent()) {
            throw new InputException(problem.get());
        }
    }

    /** Models whose teacher or earlier students were replaced since; a teacher that is missing was not. */
    private static List<String> replaced(Map<Path, CheckpointState> states, List<Path> files, RunFolder folder) {
        List<String> replaced = new ArrayList<>();
        Map<String, String> hashes = ModelFiles.hashes(files);
        String teacher = String.valueOf(folder.teacher().getFileName());
        states.forEach((file, state) -> {
            String frozenTeacher = state.frozen().getOrDefault(teacher, "");
            PartProblems.replaced(
                            file, state, name -> hashes.getOrDefault(name, name.equals(teacher) ? frozenTeacher : ""))
                    .forEach(problem -> replaced.add(problem.text()));
        });
        return replaced;
    }

    /** @throws InputException if a checkpoint was replaced that later ones were distilled from: the run cannot go on from these */
    public void requireUnreplaced() {
        if (!replaced.isEmpty()) {
            throw new InputException(new Problem(replaced.get(0), PartProblems.REMEDY));
        }
    }

    /**
     * Compares data with those of the run.
     *
     * @param where the data are
     * @throws InputException if they are not the same
     */
    public void requireData(DataRecord data, String where) {
        List<String> differences = data.differences(identity.data());
        if (!differences.isEmpty()) {
            throw new InputException(new Problem(
                    "expected the data of the run, got " + String.join(", ", differences) + ", at " + where,
                    "put the data of the run back, or evaluate the run on others with --dataset"));
        }
    }

    /**
     * Compares other data with those of the run as data for the same models.
     *
     * @param where the data are
     * @throws InputException if image size or classes differ
     */
    public void requireKind(DataRecord data, String where) {
        List<String> differences = data.otherKind(identity.data());
        if (!differences.isEmpty()) {
            throw new InputException(new Problem(
                    "expected data like those of the run, got " + String.join(", ", differences) + ", at " + where,
                    "name data of the same size and classes with --dataset"));
        }
    }
}
