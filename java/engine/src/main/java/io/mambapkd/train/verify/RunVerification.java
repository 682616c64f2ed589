package io.mambapkd.train.verify;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.checkpoint.Checkpoint.Label;
import io.mambapkd.data.Datasets;
import io.mambapkd.storage.RunFile;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.train.identity.RunParts;
import io.mambapkd.train.settings.RunSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * All files of a run folder, checked.
 *
 * @param files that there are, and those of the run that are missing
 * @param notes on the run, each a sentence
 */
public record RunVerification(List<CheckedFile> files, List<String> notes) {
    public RunVerification {
        files = List.copyOf(files);
        notes = List.copyOf(notes);
    }

    /** Whether nothing of the run is damaged, missing, or of another run. */
    public boolean isWhole() {
        return files.stream().noneMatch(file -> file.state().isProblem());
    }

    /**
     * Checks a run folder.
     *
     * @throws io.mambapkd.InputException if it cannot be looked into
     */
    public static RunVerification of(RunFolder folder) {
        return new Verifier(folder).all();
    }

    /** The way from a folder to what was found in it. */
    private static final class Verifier {
        private final RunFolder folder;
        private final SumsCheck list;
        private final Map<RunFile, CheckedFile> checked = new TreeMap<>(RunFile.ORDER);
        private final Map<RunFile, FileContent> contents = new TreeMap<>(RunFile.ORDER);
        private final List<String> notes = new ArrayList<>();

        Verifier(RunFolder folder) {
            this.folder = folder;
            this.list = SumsCheck.of(folder);
        }

        RunVerification all() {
            FileCheck check = new FileCheck(folder, list.sums());
            for (RunFile file : RunFile.all(folder)) {
                check(check, file);
            }
            list.sums().names().stream()
                    .map(name -> RunFile.of(folder, folder.path().resolve(name)))
                    .filter(file -> !checked.containsKey(file))
                    .forEach(file -> check(check, file));
            checked.computeIfAbsent(
                    RunFile.of(folder, folder.config()), file -> check.of(file).checked());
            PartsCheck parts = new PartsCheck(folder, contents, list.isThere());
            parts.found()
                    .forEach((file, found) -> checked.merge(
                            file, found, (before, after) -> before.state().isProblem() ? before : after));
            notes.addAll(parts.notes());
            if (list.isThere()) {
                CheckedFile sums = list.checked(folder, checked.values());
                checked.put(sums.file(), sums);
            }
            noteWhatIsNotFullyChecked();
            contents.values().forEach(content -> noteCache(content.settings()));
            return new RunVerification(new ArrayList<>(checked.values()), notes);
        }

        private void check(FileCheck check, RunFile file) {
            boolean listed = !list.sums().hashes(file.name()).isEmpty();
            switch (file.kind()) {
                case SUMS, LOCK -> {}
                case TEMPORARY ->
                    checked.put(
                            file,
                            CheckedFile.of(
                                    file,
                                    FileState.LEFT_OVER,
                                    file.path() + " was left by a process that was killed, or is being written",
                                    "remove it where no process works in the run folder"));
                case OTHER -> {
                    if (listed) {
                        add(check.of(file));
                    } else {
                        contents.put(file, FileContent.NOTHING);
                        checked.put(file, other(file));
                    }
                }
                default -> add(check.of(file));
            }
            if (Files.isSymbolicLink(file.path())) {
                notes.add(
                        file.path() + " is a link" + target(file.path()) + ": a copy of the folder may lack the file");
            }
        }

        private CheckedFile other(RunFile file) {
            if (file.path().equals(folder.checkpoints())) {
                return CheckedFile.of(
                        file,
                        FileState.DAMAGED,
                        "expected the folder of checkpoints, got something else, at " + file.path(),
                        "put the folder back");
            }
            return CheckedFile.of(file, FileState.FOREIGN);
        }

        private void add(FileCheck.Result result) {
            RunFile file = result.checked().file();
            checked.put(file, result.checked());
            contents.put(file, result.content());
            Label model = result.content().model();
            if (model != null && !model.metadata().containsKey(Label.STATE)) {
                notes.add(RunParts.unmarked(file.path()));
            }
        }

        private static String target(Path link) {
            try {
                return " to " + Files.readSymbolicLink(link);
            } catch (IOException e) {
                return " that cannot be followed (" + FileFailure.reason(e) + ")";
            }
        }

        private void noteCache(@Nullable RunSpec settings) {
            if (settings != null) {
                try {
                    Datasets.cacheDamage(settings.data()).ifPresent(notes::add);
                } catch (InputException noPlace) {
                    // A folder whose name can be none has no cache.
                }
            }
        }

        private void noteWhatIsNotFullyChecked() {
            String names = checked.values().stream()
                    .filter(file -> file.state() == FileState.READABLE)
                    .map(file -> file.file().name())
                    .collect(Collectors.joining(", "));
            String unseen = "a change that leaves these files readable is not found: " + names;
            if (list.isThere()) {
                if (!names.isEmpty()) {
                    notes.add("SHA256SUMS does not have all files: " + unseen);
                }
                return;
            }
            boolean written = Files.exists(folder.summary()) && Files.exists(folder.report());
            notes.add("there is no SHA256SUMS in " + folder.path() + ", as the run "
                    + (written ? "is of an older version, or was ended before it wrote this file" : "has not ended")
                    + "; checkpoints are checked by their seals" + (names.isEmpty() ? "" : ", and " + unseen));
        }
    }
}
