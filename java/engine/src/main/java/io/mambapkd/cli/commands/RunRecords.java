package io.mambapkd.cli.commands;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.cli.machine.Machine;
import io.mambapkd.results.RunRecord;
import io.mambapkd.storage.DurableFiles;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.storage.RunSums;
import io.mambapkd.train.run.DistillRun.Extent;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** run.json: how far a run goes, and which machines take part. */
final class RunRecords {
    private RunRecords() {}

    /** Of a run that begins. */
    static void write(RunFolder folder, Extent extent, Machine machine) {
        DurableFiles.write(folder.record(), new RunRecord(text(extent), machine.computing()).write());
    }

    /** How far a run goes that is gone on with: as far as it was asked to before, at least; runs of older versions do not say. */
    static Extent extent(RunFolder folder, Extent asked) {
        RunRecord record = read(folder);
        if (asked == Extent.TEACHER_ONLY && record != null && !record.extent().equals(text(asked))) {
            throw new InputException(new Problem(
                    "expected a run of the teacher alone, got one with students, at " + folder.path(),
                    "go on with it by mamba-pkd distill --resume " + folder.path()));
        }
        boolean controls = record != null && record.extent().equals(text(Extent.GROUP_AND_CONTROLS));
        return asked == Extent.GROUP && (controls || folder.hasControls()) ? Extent.GROUP_AND_CONTROLS : asked;
    }

    /** Adds this machine, and tells where others took part before. */
    static void goOn(RunFolder folder, Extent extent, Machine machine, PrintWriter err) {
        String now = machine.computing();
        RunRecord before = read(folder);
        RunRecord record = before == null ? new RunRecord(text(extent), now) : before.with(text(extent), now);
        List<String> others =
                record.computedBy().stream().filter(other -> !other.equals(now)).toList();
        if (!others.isEmpty()) {
            err.println(
                    "note: parts of this run were computed by " + String.join(" and by ", others) + ", and now it is "
                            + now + "; its files may differ in the last digits from those of a run without a break");
        }
        if (!record.equals(before)) {
            RunSums.remove(folder);
            DurableFiles.write(folder.record(), record.write());
        }
    }

    private static @Nullable RunRecord read(RunFolder folder) {
        if (!Files.exists(folder.record())) {
            return null;
        }
        byte[] content;
        try {
            content = Files.readAllBytes(folder.record());
        } catch (IOException e) {
            throw new InputException(
                    new Problem("cannot read " + folder.record() + ": " + FileFailure.reason(e), "make it readable"),
                    e);
        }
        try {
            return RunRecord.read(content, folder.record().toString());
        } catch (InputException damaged) {
            throw new InputException(
                    new Problem(
                            damaged.problem().text(),
                            "put it back, or remove it: the run then goes on as far as it is asked to, without controls if"
                                    + " --controls is not given"),
                    damaged);
        }
    }

    private static String text(Extent extent) {
        return extent.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
