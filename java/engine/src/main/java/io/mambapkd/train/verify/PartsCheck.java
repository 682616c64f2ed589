package io.mambapkd.train.verify;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.checkpoint.Checkpoint;
import io.mambapkd.checkpoint.Checkpoint.Label;
import io.mambapkd.results.CalibrationRecord;
import io.mambapkd.results.CheckpointState;
import io.mambapkd.results.RunSummary;
import io.mambapkd.runtime.exit.RegretPredictor;
import io.mambapkd.runtime.model.ChainDescription;
import io.mambapkd.storage.RunFile;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.train.identity.CertifiedExits;
import io.mambapkd.train.identity.PartProblems;
import io.mambapkd.train.identity.RunParts;
import io.mambapkd.train.settings.RunSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Compares the files of a run with each other, as far as each is whole: which do not belong together, and which are missing. */
final class PartsCheck {
    private final RunFolder folder;
    private final Collection<RunFile> files;
    private final Map<RunFile, Label> models = new LinkedHashMap<>();
    private final Map<Path, CheckpointState> states = new LinkedHashMap<>();
    private final Map<RunFile, CheckedFile> found = new LinkedHashMap<>();
    private final List<String> notes = new ArrayList<>();

    private @Nullable RunSpec settings;
    private @Nullable RunSummary results;
    private @Nullable ChainDescription description;
    private @Nullable CalibrationRecord calibration;
    private List<String> chain = List.of();
    private List<Path> places = List.of();

    /**
     * @param contents of all files that there are, by what was found in them
     * @param ended whether the run has
     */
    PartsCheck(RunFolder folder, Map<RunFile, FileContent> contents, boolean ended) {
        this.folder = folder;
        this.files = contents.keySet();
        contents.forEach((file, content) -> {
            if (content.model() != null) {
                models.put(file, content.model());
            }
            settings = content.settings() == null ? settings : content.settings();
            results = content.results() == null ? results : content.results();
            description = content.chain() == null ? description : content.chain();
            calibration = content.calibration() == null ? calibration : content.calibration();
        });
        models.forEach(this::readState);
        Optional<Map.Entry<Path, CheckpointState>> ofRun = most();
        chain = chain(ofRun);
        places = IntStream.range(0, chain.size()).mapToObj(this::place).toList();
        findForeign();
        compareModels(ofRun);
        findMissing(ofRun);
        if (ofRun.isPresent()) {
            compareSettings(ofRun.get());
        }
        compareResults(ofRun, ended);
        compareExits();
    }

    /** The exits of model.json are those that calibration.json has certified: a process that was killed between the two files leaves others. */
    private void compareExits() {
        if (description == null) {
            return;
        }
        boolean fits = calibration == null
                ? description.certificates().isEmpty()
                : description.certificates().equals(CertifiedExits.certificates(calibration))
                        && coefficients(description.regret())
                                .equals(coefficients(CertifiedExits.predictors(calibration)));
        if (!fits) {
            say(
                    folder.model(),
                    FileState.MISFIT,
                    new Problem(
                            folder.model() + " has other early exits than calibration.json certifies",
                            "certify them anew with mamba-pkd calibrate " + folder.path()));
        }
    }

    private static List<List<Double>> coefficients(List<RegretPredictor> predictors) {
        return predictors.stream()
                .map(predictor ->
                        Arrays.stream(predictor.coefficients()).boxed().toList())
                .toList();
    }

    /** What is to be said of files, at most once of each. */
    Map<RunFile, CheckedFile> found() {
        return found;
    }

    /** What is to be said of the run, each as a sentence. */
    List<String> notes() {
        return notes;
    }

    private void say(Path place, FileState state, Problem problem) {
        RunFile file = RunFile.of(folder, place);
        found.putIfAbsent(file, new CheckedFile(file, state, problem));
    }

    private void readState(RunFile file, Label label) {
        try {
            CheckpointState state = PartProblems.state(file.path(), label);
            if (state != null) {
                states.put(file.path(), state);
            }
        } catch (InputException other) {
            say(file.path(), FileState.MISFIT, other.problem());
        }
    }

    /** The first model of the run that most models are of: one that was put in from elsewhere is not what the others are measured by. */
    private Optional<Map.Entry<Path, CheckpointState>> most() {
        Map<String, Integer> counts = new HashMap<>();
        states.values().forEach(state -> counts.merge(state.run(), 1, Integer::sum));
        int most = counts.values().stream().mapToInt(Integer::intValue).max().orElse(0);
        return states.entrySet().stream()
                .filter(entry -> counts.getOrDefault(entry.getValue().run(), 0) == most)
                .findFirst();
    }

    /** The models of the chain, in order: as the checkpoints say, or config.yaml where there are none. */
    private List<String> chain(Optional<Map.Entry<Path, CheckpointState>> ofRun) {
        List<String> chain = new ArrayList<>(List.of(RunParts.TEACHER));
        if (ofRun.isPresent()) {
            chain.addAll(ofRun.get().getValue().students());
        } else if (settings != null) {
            settings.students().forEach(student -> chain.add(student.name()));
        }
        return chain;
    }

    private Path place(int position) {
        return position == 0 ? folder.teacher() : folder.student(position, chain.get(position));
    }

    private void compareModels(Optional<Map.Entry<Path, CheckpointState>> ofRun) {
        models.forEach((file, label) -> {
            Path path = file.path();
            CheckpointState state = states.get(path);
            int place = places.indexOf(path);
            if (place >= 0) {
                PartProblems.model(path, label, state, chain.get(place))
                        .ifPresent(problem -> say(path, FileState.MISFIT, problem));
            }
            if (state != null && ofRun.isPresent()) {
                PartProblems.run(path, state, ofRun.get().getKey(), ofRun.get().getValue())
                        .ifPresent(problem -> say(path, FileState.MISFIT, problem));
            }
        });
        Map<String, String> hashes = new HashMap<>();
        models.forEach((file, label) -> {
            if (!found.containsKey(file)) {
                hashes.put(String.valueOf(file.path().getFileName()), label.sha256());
            }
        });
        states.forEach((path, state) -> PartProblems.replaced(
                        path,
                        state,
                        name -> hashes.getOrDefault(name, state.frozen().get(name)))
                .forEach(problem -> say(path, FileState.MISFIT, problem)));
    }

    private void findMissing(Optional<Map.Entry<Path, CheckpointState>> ofRun) {
        int listed = results == null ? 0 : 1 + results.students().size();
        int last = 0;
        for (int place = 0; place < places.size(); place++) {
            last = Files.exists(places.get(place)) ? place : last;
        }
        for (int place = 0; place < places.size(); place++) {
            Path path = places.get(place);
            if (Files.exists(path)) {
                continue;
            }
            String other = ofRun.map(entry -> renamed(path, entry.getValue())).orElse("");
            String remedy = other.isEmpty() ? "put it back" : "give it its own name back";
            String resume = " with mamba-pkd distill --resume " + folder.path();
            if (place < last) {
                String why = ", while " + places.get(last).getFileName() + " is there";
                missing(
                        path,
                        why + other,
                        remedy + ", or remove the checkpoints after it and train these again" + resume);
            } else if (place < listed) {
                missing(path, ", while summary.json lists it" + other, remedy + ", or train it again" + resume);
            } else if (!other.isEmpty()) {
                missing(path, other, remedy);
            }
        }
    }

    private void missing(Path place, String why, String remedy) {
        say(place, FileState.MISSING, new Problem("expected " + place + ", got nothing" + why, remedy));
    }

    /** {@code , and x.safetensors holds the model a}: a file of another name with the missing model of this run. */
    private String renamed(Path missing, CheckpointState ofRun) {
        for (RunFile file : files) {
            if (!isForeign(file)) {
                continue;
            }
            try {
                Label label = Checkpoint.label(file.path());
                CheckpointState state = PartProblems.state(file.path(), label);
                if (state != null
                        && state.run().equals(ofRun.run())
                        && PartProblems.place(folder, label, state).equals(Optional.of(missing))) {
                    return ", and " + file.path().getFileName() + " holds the model " + state.model();
                }
            } catch (InputException none) {
                // No checkpoint at all.
            }
        }
        return "";
    }

    /** Among the checkpoints, with a name that is none of the run's. */
    private boolean isForeign(RunFile file) {
        return file.kind() == RunFile.Kind.STUDENT && places.size() > 1 && !places.contains(file.path())
                || file.kind() == RunFile.Kind.OTHER
                        && folder.checkpoints().equals(file.path().getParent());
    }

    private void findForeign() {
        files.stream()
                .filter(file -> file.kind() == RunFile.Kind.STUDENT && isForeign(file))
                .forEach(file -> say(
                        file.path(),
                        FileState.FOREIGN,
                        new Problem(file.path() + " is none of the students of the run", "")));
    }

    private void compareSettings(Map.Entry<Path, CheckpointState> ofRun) {
        if (settings != null) {
            PartProblems.settings(folder.config(), settings, ofRun.getKey(), ofRun.getValue())
                    .ifPresent(problem -> say(folder.config(), FileState.MISFIT, problem));
        }
    }

    private void compareResults(Optional<Map.Entry<Path, CheckpointState>> ofRun, boolean ended) {
        if (results == null) {
            return;
        }
        List<String> differences = new ArrayList<>();
        if (settings != null && settings.seed() != results.seed()) {
            differences.add("seed is " + results.seed() + " instead of " + settings.seed());
        }
        List<String> students =
                results.students().stream().map(RunSummary.Student::name).toList();
        for (int i = 0; i < students.size(); i++) {
            Path place = folder.student(i + 1, students.get(i));
            if (i + 1 >= places.size() || !place.equals(places.get(i + 1))) {
                differences.add("a student " + students.get(i) + " in place " + (i + 1));
            }
        }
        if (ofRun.isPresent() && results.data() != null) {
            differences.addAll(results.data().differences(ofRun.get().getValue().data()));
        }
        long finished = places.stream().skip(1).filter(Files::exists).count();
        if (finished > students.size()) {
            String fewer = "the results of " + students.size() + " students, while " + finished + " are there";
            if (ended) {
                differences.add(fewer);
            } else {
                notes.add(folder.summary() + " has " + fewer + ": it is written anew when the run has ended");
            }
        }
        if (!differences.isEmpty()) {
            say(
                    folder.summary(),
                    FileState.MISFIT,
                    new Problem(
                            folder.summary() + " is not of the run of config.yaml and checkpoints: "
                                    + String.join(", ", differences),
                            "put the run's own summary.json back, or write it anew with mamba-pkd distill --resume "
                                    + folder.path()));
        }
    }
}
