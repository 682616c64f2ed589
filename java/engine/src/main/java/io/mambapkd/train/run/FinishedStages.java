package io.mambapkd.train.run;

import io.mambapkd.InputException;
import io.mambapkd.checkpoint.Checkpoint;
import io.mambapkd.checkpoint.Checkpoint.Label;
import io.mambapkd.results.CheckpointState;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.train.identity.RunParts;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.StudentSettings;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** The stages of a run, by their names in metrics.jsonl, whose checkpoints are in its folder and belong to it. */
public final class FinishedStages {
    private final Set<String> names = new HashSet<>();

    FinishedStages(RunContext context) {
        this(context.folder(), context.spec(), context.parts());
    }

    /** Of a run folder. */
    public FinishedStages(RunFolder folder, RunSpec spec, RunParts parts) {
        if (parts.teacher()) {
            names.add(TeacherStage.STAGE);
        }
        spec.students().stream()
                .limit(parts.students())
                .map(StudentSettings::name)
                .forEach(names::add);
        for (Path file : folder.others(parts.files(folder))) {
            addControl(folder, file, parts);
        }
    }

    /** A control that is under another name than it was saved, or of another run, is trained again. */
    private void addControl(RunFolder folder, Path file, RunParts parts) {
        Label label;
        try {
            label = Checkpoint.label(file);
        } catch (InputException unreadable) {
            // No checkpoint of a chain: a control that was damaged is trained again, and any other file is no part of
            // the run.
            return;
        }
        String kind = label.metadata().get("control");
        String text = label.metadata().get(Label.STATE);
        if (kind == null || text == null) {
            return;
        }
        CheckpointState state = CheckpointState.read(text, file.toString());
        String stage = control(kind, state.model());
        boolean here =
                file.equals(folder.control(kind.equals(ControlsStage.CNN) ? kind : kind + "-" + state.position()));
        if (here && state.run().equals(parts.identity().id())) {
            names.add(stage);
        }
    }

    /** Whether the checkpoint of a stage is there. */
    public boolean has(String stage) {
        return names.contains(stage);
    }

    /** Name of the stage of a control; the plain CNN, which is a single model, has the name of its kind. */
    static String control(String kind, String model) {
        return kind.equals(ControlsStage.CNN) ? "control/" + kind : "control/" + kind + "/" + model;
    }
}
