package io.mambapkd.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.checkpoint.TensorFile;
import io.mambapkd.data.Dataset;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.storage.DurableFiles;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.storage.SaveFolder;
import io.mambapkd.train.RunStopped;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.settings.RunSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a save holds is what is needed: without any one item the run ends otherwise. And which saves are gone on from. */
@Tag("run")
class SavedStateTest {
    private static final Duration NEVER = Duration.ofDays(1);
    private static final RunSpec SPEC = ResumedRunTest.SPEC;
    private static final Dataset DATA = ResumedRunTest.DATA;

    /** A teacher by SGD whose weights are averaged, 20 steps of it. */
    private static final RunSpec DESCENT = OtherTeachersRunTest.spec(
            "airbench",
            "validationImages=60",
            "testImages=60",
            "teacher.learningRate=60",
            "teacher.images=160",
            "teacher.batch=16");

    /** In the first and the second epoch of the teacher, and in the second of the first student. */
    private static final Map<String, Integer> STOPPED = Map.of("early", 4, "teacher", 14, "student", 35);

    @TempDir
    private static Path folder;

    private static RunResult whole;

    @BeforeAll
    static void runWithoutABreak() throws IOException {
        Path run = folder.resolve("whole");
        start(new SmallRun(), run);
        whole = RunResult.of(run);
        for (Map.Entry<String, Integer> stopped : STOPPED.entrySet()) {
            SmallRun listener = new SmallRun().stoppingAfter(stopped.getValue());
            assertThatThrownBy(() -> start(listener, folder.resolve(stopped.getKey())))
                    .isInstanceOf(RunStopped.class);
        }
        descend(new SmallRun(), folder.resolve("whole-descent"));
        assertThatThrownBy(() -> descend(new SmallRun().stoppingAfter(14), folder.resolve("descent")))
                .isInstanceOf(RunStopped.class);
    }

    private static void descend(SmallRun listener, Path run) {
        listener.savedRun(DESCENT, DATA, run, new CpuBackend(1), Extent.TEACHER_ONLY, NEVER);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sgd.momentum", "lookahead.parameters", "lookahead.buffers"})
    void withoutAVectorTheTeacherBySgdEndsOtherwise(String item) throws IOException {
        RunResult without = RunResult.of(folder.resolve("whole-descent"));
        Path unchanged = copy("descent", "descent-with-" + item);
        descend(new SmallRun(), unchanged);
        assertThat(RunResult.of(unchanged)).isEqualTo(without);

        Path run = copy("descent", "descent-without-" + item);
        change(newest(run), item);
        descend(new SmallRun(), run);
        assertThat(RunResult.of(run)).isNotEqualTo(without);
    }

    private static void start(SmallRun listener, Path run) {
        listener.savedRun(SPEC, DATA, run, new CpuBackend(1), Extent.GROUP, NEVER);
    }

    private static Path copy(String stage, String name) throws IOException {
        Path copy = folder.resolve(name);
        PathUtils.copyDirectory(folder.resolve(stage), copy);
        return copy;
    }

    private static Path newest(Path run) {
        return new SaveFolder(RunFolder.open(run).saves()).newestFirst().get(0);
    }

    /** Stage and item of a save. */
    private static Stream<String> items() {
        return Stream.of(
                "teacher parameters",
                "early buffers",
                "teacher adamw.m",
                "teacher adamw.v",
                "student parameters",
                "student adamw.m",
                "student adamw.v",
                "teacher \"step\":",
                "teacher \"lossSum\":",
                "teacher \"correct\":",
                "student \"step\":");
    }

    @ParameterizedTest
    @MethodSource("items")
    void withoutAnItemTheRunEndsOtherwise(String item) throws IOException {
        int space = item.indexOf(' ');
        Path run = copy(item.substring(0, space), "without-" + item.replaceAll("\\W", "-"));
        change(newest(run), item.substring(space + 1));

        assertThat(endsAsWithoutABreak(run)).isFalse();
    }

    private static boolean endsAsWithoutABreak(Path run) throws IOException {
        try {
            start(new SmallRun(), run);
        } catch (IllegalArgumentException stepsThatAreNotPlanned) {
            return false;
        }
        return RunResult.of(run).equals(whole);
    }

    /** Puts zeros in the place of a vector, or takes one off a number, and seals the file again. */
    private static void change(Path save, String item) {
        TensorFile file = TensorFile.read(save);
        Map<String, float[]> vectors = new HashMap<>(file.vectors());
        Map<String, String> metadata = new HashMap<>(file.metadata());
        if (vectors.containsKey(item)) {
            vectors.put(item, new float[vectors.get(item).length]);
        } else {
            metadata.compute("save.training", (key, text) -> lessOne(text, item));
        }
        DurableFiles.write(save, TensorFile.content(metadata, vectors));
    }

    private static String lessOne(String json, String key) {
        int at = json.indexOf(key) + key.length();
        int end = at;
        while (",}".indexOf(json.charAt(end)) < 0) {
            end++;
        }
        String number = json.substring(at, end);
        String less = number.contains(".")
                ? Double.toString(Double.parseDouble(number) - 1)
                : Long.toString(Long.parseLong(number) - 1);
        return json.substring(0, at) + less + json.substring(end);
    }

    @Test
    void withTheEpochsMissingTheRunEndsOtherwise() throws IOException {
        Path run = copy("student", "without-epochs");
        TensorFile file = TensorFile.read(newest(run));
        Map<String, String> metadata = new HashMap<>(file.metadata());
        metadata.compute("save.training", (key, text) -> text.replaceAll("\"epochs\":\\[.*\\]", "\"epochs\":[]"));
        DurableFiles.write(newest(run), TensorFile.content(metadata, file.vectors()));

        assertThat(endsAsWithoutABreak(run)).isFalse();
    }

    @Test
    void unchangedTheRunEndsAsWithoutABreak() throws IOException {
        for (String stage : STOPPED.keySet()) {
            Path run = copy(stage, "unchanged-" + stage);
            assertThat(endsAsWithoutABreak(run)).as(stage).isTrue();
        }
    }

    /** Saves before each step: the newest is broken, then both are. */
    @Test
    void aDamagedSaveIsNamedAndTheOneBeforeIsUsed() throws IOException {
        Path run = folder.resolve("damaged");
        SmallRun stopped = new SmallRun().stoppingAfter(14);
        assertThatThrownBy(() -> stopped.savedRun(SPEC, DATA, run, new CpuBackend(1), Extent.GROUP, Duration.ZERO))
                .isInstanceOf(RunStopped.class);
        List<Path> saves = new SaveFolder(RunFolder.open(run).saves()).newestFirst();
        assertThat(saves).hasSize(2);
        damage(saves.get(0));
        Path both = folder.resolve("damaged-both");
        PathUtils.copyDirectory(run, both);
        damage(both.resolve("saves").resolve(saves.get(1).getFileName()));

        SmallRun fromBefore = new SmallRun();
        start(fromBefore, run);
        SmallRun anew = new SmallRun();
        start(anew, both);

        assertThat(fromBefore.stages.get(0))
                .contains(saves.get(0).toString())
                .contains("the file is damaged")
                .endsWith("; the save before it is used");
        assertThat(fromBefore.stages.get(1)).matches("going on with teacher at step \\d+ of 20");
        assertThat(RunResult.of(run)).isEqualTo(whole);
        assertThat(anew.stages.subList(0, 2))
                .allSatisfy(note -> assertThat(note).endsWith("; the stage begins anew"));
        RunResult begunAnew = RunResult.of(both);
        assertThat(begunAnew.checkpoints()).isEqualTo(whole.checkpoints());
        assertThat(begunAnew.epochs()).isEqualTo(whole.epochs());
        assertThat(begunAnew.summary()).isEqualTo(whole.summary());
    }

    private static void damage(Path save) throws IOException {
        byte[] bytes = Files.readAllBytes(save);
        bytes[bytes.length - 1] ^= 1;
        Files.write(save, bytes);
    }

    private static Path metadata(Path run, UnaryOperator<Map<String, String>> change) {
        TensorFile file = TensorFile.read(newest(run));
        DurableFiles.write(
                newest(run), TensorFile.content(change.apply(new HashMap<>(file.metadata())), file.vectors()));
        return newest(run);
    }

    @Test
    void aSaveOfALaterVersionIsRefused() throws IOException {
        Path run = copy("teacher", "later");
        Path save = metadata(run, metadata -> {
            metadata.put("save.format", "2");
            return metadata;
        });
        assertThatThrownBy(() -> start(new SmallRun(), run))
                .isInstanceOf(InputException.class)
                .hasMessage("expected a save of format 1, got format 2, at " + save
                        + "; use the version of the program that wrote it");
    }

    @Test
    void aSaveOfAnotherRunIsRefusedByWhatDiffers() throws IOException {
        Path run = copy("teacher", "other");
        Path save = metadata(run, metadata -> {
            metadata.compute(
                    "mambapkd.state",
                    (key, text) -> text.replaceFirst("\"run\":\"....", "\"run\":\"0000")
                            .replace("\"seed\":\"0\"", "\"seed\":\"7\""));
            return metadata;
        });
        assertThatThrownBy(() -> start(new SmallRun(), run))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(save + " is of the run 0000")
                .hasMessageContaining("(seed is 0 instead of 7)");
    }

    @Test
    void aSaveWhoseTeacherWasReplacedIsRefused() throws IOException {
        Path run = copy("student", "replaced");
        Path save = metadata(run, metadata -> {
            metadata.compute(
                    "mambapkd.state", (key, text) -> text.replaceFirst("(\"teacher.safetensors\":\")....", "$10000"));
            return metadata;
        });
        assertThatThrownBy(() -> start(new SmallRun(), run))
                .isInstanceOf(InputException.class)
                .hasMessage(save + " was distilled from another teacher.safetensors than the one that is there;"
                        + " put the checkpoints of one run back under their own names");
    }
}
