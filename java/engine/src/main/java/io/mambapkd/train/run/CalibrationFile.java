package io.mambapkd.train.run;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.results.CalibrationJson;
import io.mambapkd.results.CalibrationRecord;
import io.mambapkd.results.RunSummary;
import io.mambapkd.runtime.model.ChainDescription;
import io.mambapkd.storage.DurableFiles;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.storage.RunSums;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** calibration.json of a run folder. */
final class CalibrationFile {
    private CalibrationFile() {}

    /**
     * What the file of a run folder holds; empty where there is none.
     *
     * @throws InputException if it cannot be read
     */
    static Optional<CalibrationRecord> read(RunFolder folder) {
        Path file = folder.calibration();
        try {
            return Optional.of(CalibrationJson.read(Files.readAllBytes(file), file.toString()));
        } catch (NoSuchFileException none) {
            return Optional.empty();
        } catch (IOException e) {
            throw new InputException("cannot read " + file + ": " + FileFailure.reason(e) + "; make it readable", e);
        } catch (InputException unreadable) {
            throw new InputException(
                    new Problem(
                            unreadable.problem().text(),
                            "remove the file, or write it anew with mamba-pkd calibrate " + folder.path()),
                    unreadable);
        }
    }

    /**
     * @param summary of the run as it is now
     * @return what the file holds; empty where there is none, or it is of other students
     * @throws InputException if it cannot be read
     */
    static Optional<CalibrationRecord> read(RunFolder folder, RunSummary summary) {
        List<String> students =
                summary.students().stream().map(RunSummary.Student::name).toList();
        return read(folder).filter(record -> record.students().equals(students));
    }

    /**
     * The calibration of the students that are finished now; empty where there is none, it is of others, or it cannot be read, of which the listener is told.
     *
     * @param students number of them
     */
    static Optional<CalibrationRecord> current(RunContext context, int students) {
        try {
            return read(context.folder())
                    .filter(record -> record.studentsSha256().equals(ModelFile.hashes(context, students)));
        } catch (InputException unreadable) {
            context.listener()
                    .note("the early exits that were certified before are lost ("
                            + unreadable.problem().text() + "); certify them anew with mamba-pkd calibrate "
                            + context.folder().path());
            return Optional.empty();
        }
    }

    /** Writes calibration.json and the model.json of the chain with its exits, and renews their lines in SHA256SUMS where there is one. */
    static void write(RunFolder folder, CalibrationRecord calibration, ChainDescription chain) {
        replace(folder, folder.calibration(), CalibrationJson.write(calibration));
        String description = ModelFile.withExits(chain, calibration).json();
        replace(folder, folder.model(), description.getBytes(StandardCharsets.UTF_8));
    }

    private static void replace(RunFolder folder, Path file, byte[] content) {
        RunSums.replacing(folder, file, content, () -> DurableFiles.write(file, content));
    }

    /** Removes the file where it is there: it is of students that are there no more. */
    static void remove(RunFolder folder) {
        try {
            Files.deleteIfExists(folder.calibration());
        } catch (IOException e) {
            throw new InputException(
                    "cannot remove " + folder.calibration() + ": " + FileFailure.reason(e)
                            + "; make the run folder writable",
                    e);
        }
    }
}
