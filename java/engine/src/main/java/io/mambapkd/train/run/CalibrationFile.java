package io.mambapkd.train.run;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.results.CalibrationJson;
import io.mambapkd.results.CalibrationRecord;
import io.mambapkd.results.RunSummary;
import io.mambapkd.storage.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** calibration.json of a run folder. */
final class CalibrationFile {
    private CalibrationFile() {}

    /**
     * @param summary of the run as it is now
     * @return what the file holds; empty where there is none, or it is of other students
     * @throws InputException if it cannot be read
     */
    static Optional<CalibrationRecord> read(RunFolder folder, RunSummary summary) {
        Path file = folder.calibration();
        List<String> students =
                summary.students().stream().map(RunSummary.Student::name).toList();
        try {
            CalibrationRecord found = CalibrationJson.read(Files.readAllBytes(file), file.toString());
            return Optional.of(found).filter(record -> record.students().equals(students));
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
