package io.mambapkd.train.save;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.checkpoint.NewerFormatException;
import io.mambapkd.results.CheckpointState;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.storage.SaveFolder;
import io.mambapkd.train.identity.ModelFiles;
import io.mambapkd.train.identity.RunIdentity;
import io.mambapkd.train.identity.RunParts;
import io.mambapkd.train.settings.FlatSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Looks for the save that a run goes on from: the newest that is whole and of a stage that is not finished. */
final class NewestSave {
    private final RunFolder run;
    private final RunParts parts;
    private final Predicate<String> finished;
    private final Consumer<String> notes;

    /**
     * @param finished whether the checkpoint of a stage is there
     * @param notes hears of damaged saves
     */
    NewestSave(RunFolder run, RunParts parts, Predicate<String> finished, Consumer<String> notes) {
        this.run = run;
        this.parts = parts;
        this.finished = finished;
        this.notes = notes;
    }

    /**
     * The save; null where there is none.
     *
     * @throws InputException if it is of another run, of other checkpoints, or of a later version of the program
     */
    @Nullable
    SaveFile in(SaveFolder folder) {
        List<String> damaged = new ArrayList<>();
        for (Path file : folder.newestFirst()) {
            SaveFile save;
            try {
                save = SaveFile.read(file);
            } catch (NewerFormatException later) {
                throw later;
            } catch (InputException broken) {
                damaged.add(broken.problem().text());
                continue;
            }
            if (!finished.test(save.training().stage())) {
                requireSameRun(file, save.run());
                requireSameModels(file, save.run());
                folder.isWhole(file);
                tell(damaged, "the save before it is used");
                return save;
            }
        }
        tell(damaged, "the stage begins anew");
        return null;
    }

    private void tell(List<String> damaged, String what) {
        damaged.forEach(sentence -> notes.accept(sentence + "; " + what));
    }

    private void requireSameRun(Path file, CheckpointState state) {
        RunIdentity identity = parts.identity();
        if (!state.run().equals(identity.id())) {
            List<String> differences = FlatSettings.differences(identity.settings(), state.settings());
            differences.addAll(identity.data().differences(state.data()));
            throw new InputException(new Problem(
                    file + " is of the run " + state.run() + ", got " + identity.id()
                            + (differences.isEmpty() ? "" : " (" + String.join(", ", differences) + ")"),
                    "put back what the run had, or remove the folder " + file.getParent()
                            + " to train the stage anew"));
        }
    }

    /** The models that a training sees are part of its state. */
    private void requireSameModels(Path file, CheckpointState state) {
        Map<String, String> now = ModelFiles.finished(run, parts.identity());
        state.frozen().forEach((name, hash) -> {
            if (!hash.equals(now.get(name))) {
                throw new InputException(new Problem(
                        file + " was distilled from another " + name + " than the one that is there",
                        "put the checkpoints of one run back under their own names"));
            }
        });
    }
}
