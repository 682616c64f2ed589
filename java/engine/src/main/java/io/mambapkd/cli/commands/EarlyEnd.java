package io.mambapkd.cli.commands;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.cli.machine.Machine;
import io.mambapkd.cli.session.OutOfMemory;
import io.mambapkd.ops.cuda.failures.UnusableDeviceException;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.train.run.DistillRun.Extent;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What there is to say of a run that ends before it is done: what is in its folder, and how to go on with it.
 *
 * @param extent how far it was to go
 */
record EarlyEnd(RunFolder folder, Extent extent) {
    private static final String BATCHES = "batches are set by --set teacher.batch=N and --set student.batch=N";

    /** For a run that the user has stopped. */
    String stopped() {
        return "what was finished is in " + folder.path() + "; " + goOn();
    }

    /** For a run that has failed. */
    String failed() {
        return "the run ended by an error; " + lastGood() + "; " + goOn();
    }

    private String goOn() {
        String command = extent == Extent.TEACHER_ONLY ? "teacher" : "distill";
        return "go on with: mamba-pkd " + command + " --resume " + folder.path();
    }

    /** Which checkpoints there are, for who wants to go on from them. */
    private String lastGood() {
        try {
            List<Path> files = folder.finished();
            if (files.isEmpty()) {
                return "no checkpoint was finished in " + folder.path();
            }
            String before = files.subList(0, files.size() - 1).stream()
                    .map(file -> String.valueOf(file.getFileName()))
                    .collect(Collectors.joining(", "));
            return "the last good checkpoint is " + files.get(files.size() - 1)
                    + (before.isEmpty() ? "" : ", after " + before);
        } catch (IOException | DirectoryIteratorException unreadable) {
            return "what was finished is in " + folder.path();
        }
    }

    /**
     * A failure, with what is known of it only here.
     *
     * @return empty where that is nothing
     */
    Optional<InputException> explained(Throwable failure, Machine machine) {
        if (failure instanceof UnusableDeviceException call && call.isOutOfMemory()) {
            Problem problem = call.problem();
            return Optional.of(
                    new InputException(new Problem(problem.text(), problem.remedy() + "; " + BATCHES), call));
        }
        if (OutOfMemory.in(failure).isPresent()) {
            return Optional.of(new InputException(OutOfMemory.problem(), failure));
        }
        return machine.loss(failure).map(loss -> {
            Problem problem = loss.problem();
            return loss.as(new Problem(problem.text(), problem.remedy() + "; then " + goOn()));
        });
    }
}
