package io.mambapkd.train.verify;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.storage.RunFile;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.storage.Sha256;
import io.mambapkd.storage.Sha256Sums;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;

/** Checks a file of a run on its own: by its hash in SHA256SUMS, by the seal of a checkpoint, and by reading it. */
final class FileCheck {
    /**
     * What was found, and what the file holds where it is whole or can be read.
     */
    record Result(CheckedFile checked, FileContent content) {
        private static Result of(CheckedFile checked) {
            return new Result(checked, FileContent.NOTHING);
        }
    }

    private final RunFolder folder;
    private final Sha256Sums sums;

    /** @param sums of the run; a list of nothing where it has none */
    FileCheck(RunFolder folder, Sha256Sums sums) {
        this.folder = folder;
        this.sums = sums;
    }

    /** Checks what lies at a place. */
    Result of(RunFile file) {
        Path path = file.path();
        Path parent = path.getParent();
        if (Files.notExists(path) || parent != null && Files.exists(parent) && !Files.isDirectory(parent)) {
            return Result.of(missing(file));
        }
        if (Files.isDirectory(path)) {
            return Result.of(CheckedFile.of(
                    file, FileState.DAMAGED, "expected a file, got a folder, at " + path, "put the file back"));
        }
        try {
            if (Files.readAttributes(path, BasicFileAttributes.class).isOther()) {
                return Result.of(CheckedFile.of(
                        file,
                        FileState.DAMAGED,
                        "expected a file, got something that is not a regular file, at " + path,
                        "put the file back"));
            }
            return of(file, Files.readAllBytes(path));
        } catch (IOException e) {
            return Result.of(CheckedFile.of(
                    file,
                    FileState.UNREADABLE,
                    "cannot read " + path + ": " + FileFailure.reason(e),
                    "make it readable, or use another copy"));
        }
    }

    private CheckedFile missing(RunFile file) {
        boolean listed = !sums.hashes(file.name()).isEmpty();
        return CheckedFile.of(
                file,
                FileState.MISSING,
                "expected " + file.path() + (listed ? ", which SHA256SUMS lists" : "") + ", got nothing"
                        + (Files.isSymbolicLink(file.path()) ? " behind the link" : ""),
                "put it back" + (remedy(file).isEmpty() ? "" : ", or " + remedy(file)));
    }

    /** Checks what a file holds. */
    Result of(RunFile file, byte[] content) {
        List<String> expected = sums.hashes(file.name());
        String hash = expected.isEmpty() ? "" : Sha256.hex(content);
        boolean right = expected.contains(hash);
        FileContent holds = FileContent.NOTHING;
        try {
            if (file.kind().hasSeal() || expected.isEmpty() || right) {
                holds = FileContent.read(file, content);
            }
        } catch (InputException unreadable) {
            // What has no other hash than that of the list is as it was written, by whatever version.
            if (file.kind().hasSeal() || expected.isEmpty()) {
                return Result.of(damaged(file, unreadable.problem()));
            }
        }
        if (right || expected.isEmpty() && holds.isSealed()) {
            return new Result(CheckedFile.of(file, FileState.WHOLE), holds);
        }
        if (expected.isEmpty()) {
            return new Result(CheckedFile.of(file, FileState.READABLE, holds.remark(), ""), holds);
        }
        String text = "expected " + file.path() + " with the SHA-256 " + expected.get(0) + " of SHA256SUMS, got " + hash
                + (holds.isSealed() ? ", while its own seal is right: either the file or the list was changed" : "");
        return Result.of(damaged(file, new Problem(text, "")));
    }

    private CheckedFile damaged(RunFile file, Problem problem) {
        String more = remedy(file);
        // The sentence of a checkpoint has said what to do with the file itself.
        boolean advised = problem.sentence().contains("; ");
        String ours = (advised ? "" : "use another copy")
                + (advised || more.isEmpty() ? "" : ", ")
                + (more.isEmpty() ? "" : "or " + more);
        String remedy = problem.remedy() + (problem.remedy().isEmpty() || ours.isEmpty() ? "" : ", ") + ours;
        return CheckedFile.of(file, FileState.DAMAGED, problem.text(), remedy);
    }

    /** How to have a file again without a copy of it; empty where there is no way. */
    private String remedy(RunFile file) {
        String resume = "mamba-pkd distill --resume " + folder.path();
        return switch (file.kind()) {
            case TEACHER, STUDENT -> "remove the checkpoints from it on, and train these again with " + resume;
            case CONTROL -> "train it anew with " + resume;
            case CALIBRATION -> "write it anew with mamba-pkd calibrate " + folder.path();
            case MODEL, SUMMARY -> "write it anew with " + resume;
            case REPORT -> "write it anew with mamba-pkd report " + folder.path();
            case SAVE -> "remove it: the save before it is used by " + resume;
            case RECORD, CONFIG, METRICS, DROPPED_METRICS, SUMS, LOCK, TEMPORARY, OTHER -> "";
        };
    }
}
