package io.mambapkd.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SaveFolderTest {
    private static final Path FOLDER = Path.of("/run/saves");
    private static final List<String> STATES = List.of("state 1", "state 2", "state 3", "state 4");

    /** A state in three writes, as files are written whose parts lie apart. */
    private static DurableFiles.Content content(String state) {
        byte[] bytes = state.getBytes(StandardCharsets.UTF_8);
        return out -> {
            out.write(ByteBuffer.wrap(bytes, 0, 2));
            out.write(ByteBuffer.wrap(bytes, 2, 3));
            out.write(ByteBuffer.wrap(bytes, 5, bytes.length - 5));
        };
    }

    /** Writes states until one fails; returns how many were acknowledged. */
    private static int write(FaultyDisk disk, int states) {
        SaveFolder saves = new SaveFolder(disk, FOLDER);
        int acknowledged = 0;
        try {
            for (String state : STATES.subList(0, states)) {
                saves.write(content(state));
                acknowledged++;
            }
        } catch (InputException failed) {
            return acknowledged;
        }
        return acknowledged;
    }

    private static List<String> saves(Map<Path, byte[]> files) {
        return files.entrySet().stream()
                .filter(file -> file.getKey().toString().endsWith(".safetensors"))
                .sorted(Map.Entry.<Path, byte[]>comparingByKey().reversed())
                .map(file -> new String(file.getValue(), StandardCharsets.UTF_8))
                .toList();
    }

    /** What is wrong with what a power cut leaves: a torn file, or an acknowledged state that neither is there nor a later one. */
    private static List<String> losses(FaultyDisk disk, int acknowledged) {
        List<String> losses = new ArrayList<>();
        for (Map<Path, byte[]> left : disk.afterPowerCut()) {
            List<String> saves = saves(left);
            if (!STATES.containsAll(saves)) {
                losses.add("torn: " + saves);
            }
            boolean kept =
                    acknowledged == 0 || saves.stream().anyMatch(state -> STATES.indexOf(state) >= acknowledged - 1);
            if (!kept) {
                losses.add("lost: " + STATES.get(acknowledged - 1) + ", found " + saves);
            }
        }
        return losses;
    }

    @Test
    void theNewestTwoAreKept(@TempDir Path run) throws IOException {
        SaveFolder saves = new SaveFolder(run.resolve("saves"));
        for (String state : STATES) {
            saves.write(content(state));
        }
        assertThat(saves.newestFirst())
                .containsExactly(run.resolve("saves/000004.safetensors"), run.resolve("saves/000003.safetensors"));
        assertThat(saves.newestFirst().get(0)).hasContent("state 4");
        try (var files = Files.list(run.resolve("saves"))) {
            assertThat(files).hasSize(2);
        }
    }

    @Test
    void aSaveThatWasReadStaysUntilTwoNewerOnesAre(@TempDir Path run) {
        Path folder = run.resolve("saves");
        SaveFolder before = new SaveFolder(folder);
        before.write(content("state 1"));
        before.write(content("state 2"));
        SaveFolder after = new SaveFolder(folder);
        after.isWhole(folder.resolve("000001.safetensors"));

        after.write(content("state 3"));

        assertThat(after.newestFirst())
                .containsExactly(folder.resolve("000003.safetensors"), folder.resolve("000001.safetensors"));
    }

    @Test
    void clearedSavesAndTheirFolderAreGoneAndOtherFilesStay(@TempDir Path run) throws IOException {
        Path folder = run.resolve("saves");
        SaveFolder saves = new SaveFolder(folder);
        saves.write(content("state 1"));
        saves.clear();
        assertThat(folder).doesNotExist();
        saves.write(content("state 1"));
        Files.writeString(folder.resolve("notes"), "mine");
        saves.clear();
        assertThat(folder.resolve("notes")).hasContent("mine");
        assertThat(saves.newestFirst()).isEmpty();
    }

    /** Every call, of every save. */
    @Test
    void aPowerCutAtAnyCallTearsNoSaveAndLosesNoneThatWasAcknowledged() {
        FaultyDisk whole = new FaultyDisk();
        assertThat(write(whole, STATES.size())).isEqualTo(STATES.size());
        for (int cut = 0; cut <= whole.calls(); cut++) {
            FaultyDisk disk = new FaultyDisk();
            disk.failAt(cut, true);
            int acknowledged = write(disk, STATES.size());
            assertThat(losses(disk, acknowledged)).as("cut at call %d", cut).isEmpty();
        }
    }

    /** A kill leaves what was written, forced or not. */
    @Test
    void aKillAtAnyCallTearsNoSave() {
        FaultyDisk whole = new FaultyDisk();
        write(whole, STATES.size());
        for (int kill = 0; kill <= whole.calls(); kill++) {
            FaultyDisk disk = new FaultyDisk();
            disk.failAt(kill, true);
            int acknowledged = write(disk, STATES.size());
            Map<Path, byte[]> left = new java.util.HashMap<>();
            disk.files().forEach(file -> left.put(file, disk.content(file)));
            assertThat(saves(left)).as("killed at call %d", kill).isSubsetOf(STATES);
            assertThat(saves(left).size()).isGreaterThanOrEqualTo(Math.min(acknowledged, 2));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whicheverCallFailsTheSavesBeforeItStayAndTheNextOneIsWritten(boolean fromThenOn) {
        FaultyDisk whole = new FaultyDisk();
        write(whole, 2);
        int before = whole.calls();
        write(whole, 0);
        new SaveFolder(whole, FOLDER).write(content("state 3"));
        for (int failing = before; failing < whole.calls(); failing++) {
            FaultyDisk disk = new FaultyDisk();
            SaveFolder saves = new SaveFolder(disk, FOLDER);
            saves.write(content("state 1"));
            saves.write(content("state 2"));
            disk.failAt(failing, fromThenOn);
            try {
                saves.write(content("state 3"));
            } catch (InputException failure) {
                assertThat(failure.getMessage()).contains(FOLDER.toString()).contains("no space left on device");
            }
            disk.recover();
            assertThat(disk.content(FOLDER.resolve("000002.safetensors")))
                    .as("after call %d failed", failing)
                    .isEqualTo("state 2".getBytes(StandardCharsets.UTF_8));
            saves.write(content("state 4"));
            assertThat(disk.content(saves.newestFirst().get(0))).isEqualTo("state 4".getBytes(StandardCharsets.UTF_8));
        }
    }

    @Test
    void whatIsReadBackAsSomethingElseIsNoSave() {
        FaultyDisk disk = new FaultyDisk();
        SaveFolder saves = new SaveFolder(disk, FOLDER);
        saves.write(content("state 1"));
        disk.turnReadBits();
        assertThatThrownBy(() -> saves.write(content("state 2")))
                .isInstanceOf(InputException.class)
                .hasMessage("expected to read what was written, got something else, at "
                        + FOLDER.resolve("000002.safetensors") + "; check the disk");
        assertThat(disk.content(FOLDER.resolve("000001.safetensors"))).isNotNull();
    }

    /** Each call that forces a file or a folder is needed: without it a power cut somewhere loses or tears a save. */
    @Test
    void withoutAnySingleForceAPowerCutDoesHarm() {
        FaultyDisk whole = new FaultyDisk();
        write(whole, 3);
        List<Integer> forces = whole.forces();
        // The first save also forces the name of its folder.
        assertThat(forces).hasSize(1 + 3 * 2);
        for (int force : forces) {
            List<String> losses = new ArrayList<>();
            for (int cut = 0; cut <= whole.calls(); cut++) {
                FaultyDisk disk = new FaultyDisk();
                disk.passOver(force);
                disk.failAt(cut, true);
                losses.addAll(losses(disk, write(disk, 3)));
            }
            assertThat(losses).as("without the force that is call %d", force).isNotEmpty();
        }
    }

    /** A file that is written under its own name is torn by a kill. */
    @Test
    void withoutTheRenameAKillTearsASave() {
        List<String> torn = new ArrayList<>();
        for (int kill = 0; kill < 20; kill++) {
            FaultyDisk disk = new FaultyDisk();
            disk.renameAtOnce();
            disk.failAt(kill, true);
            write(disk, 1);
            Map<Path, byte[]> left = new java.util.HashMap<>();
            disk.files().forEach(file -> left.put(file, disk.content(file)));
            saves(left).stream().filter(state -> !STATES.contains(state)).forEach(torn::add);
        }
        assertThat(torn).isNotEmpty();
    }
}
