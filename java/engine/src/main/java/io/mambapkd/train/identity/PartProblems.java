package io.mambapkd.train.identity;

import io.mambapkd.Problem;
import io.mambapkd.checkpoint.Checkpoint.Label;
import io.mambapkd.results.CheckpointState;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.train.settings.FlatSettings;
import io.mambapkd.train.settings.RunSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Why a checkpoint is no part of a run, found by what it says of itself. */
public final class PartProblems {
    static final String REMEDY = "put the checkpoints of one run back under their own names";

    private static final int MOST_DIFFERENCES = 4;

    private PartProblems() {}

    /**
     * What a checkpoint says of its model; null where it says nothing.
     *
     * @throws io.mambapkd.InputException if it is anything else
     */
    public static @Nullable CheckpointState state(Path file, Label label) {
        String text = label.metadata().get(Label.STATE);
        return text == null ? null : CheckpointState.read(text, file.toString());
    }

    /** Where a model belongs that has this state; empty for one that is not of the chain. */
    public static Optional<Path> place(RunFolder folder, Label label, CheckpointState state) {
        if (label.metadata().containsKey("control")) {
            return Optional.empty();
        }
        return Optional.of(state.position() == 0 ? folder.teacher() : folder.student(state.position(), state.model()));
    }

    /**
     * A model under the name of another.
     *
     * @param state of the file, where it has one
     * @param expected model, as the name of the file says
     */
    public static Optional<Problem> model(Path file, Label label, @Nullable CheckpointState state, String expected) {
        String got = state == null ? label.metadata().get("model") : state.model();
        return got == null || got.equals(expected)
                ? Optional.empty()
                : Optional.of(new Problem(file + " holds the model " + got + ", expected " + expected, REMEDY));
    }

    /** A model of another run than a second one. */
    public static Optional<Problem> run(Path file, CheckpointState state, Path other, CheckpointState expected) {
        if (state.run().equals(expected.run())) {
            return Optional.empty();
        }
        List<String> differences = FlatSettings.differences(state.settings(), expected.settings());
        differences.addAll(state.data().differences(expected.data()));
        return Optional.of(new Problem(
                file + " is of the run " + state.run() + ", expected " + expected.run() + " as " + other.getFileName()
                        + (differences.isEmpty() ? "" : " (" + String.join(", ", shortened(differences)) + ")"),
                REMEDY));
    }

    /** A config.yaml with other settings than those of a model. */
    public static Optional<Problem> settings(Path config, RunSpec spec, Path file, CheckpointState state) {
        Map<String, String> known = new LinkedHashMap<>(FlatSettings.decisive(spec));
        // A setting that came later than the run has its default; one that is left out at its default has it, too.
        known.keySet().removeIf(key -> !state.settings().containsKey(key) && !FlatSettings.isLeftOutAtDefault(key));
        List<String> differences = FlatSettings.differences(known, state.settings());
        return differences.isEmpty()
                ? Optional.empty()
                : Optional.of(new Problem(
                        config + " is not of the run that " + file.getFileName() + " is a part of: "
                                + String.join(", ", shortened(differences)),
                        "put the run's own config.yaml back"));
    }

    /**
     * A teacher and earlier students that were replaced since a model was distilled from them.
     *
     * @param hashes of the checkpoints that are there, by their names
     */
    public static List<Problem> replaced(Path file, CheckpointState state, UnaryOperator<String> hashes) {
        List<Problem> replaced = new ArrayList<>();
        state.frozen().forEach((name, hash) -> {
            if (!hash.equals(hashes.apply(name))) {
                replaced.add(new Problem(
                        file + " was distilled from another " + name + " than the one that is there", REMEDY));
            }
        });
        return replaced;
    }

    private static List<String> shortened(List<String> differences) {
        if (differences.size() <= MOST_DIFFERENCES) {
            return differences;
        }
        List<String> few = new ArrayList<>(differences.subList(0, MOST_DIFFERENCES));
        few.add((differences.size() - MOST_DIFFERENCES) + " more");
        return few;
    }
}
