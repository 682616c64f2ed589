package io.mambapkd.cli.predict;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.data.formats.ImageFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Keeps results from taking the place of what they are computed from. */
final class OutputCheck {
    private static final String REMEDY = "name another file";

    private OutputCheck() {}

    /**
     * Compares places without their links. What cannot be looked at is left to whoever reads or writes it.
     *
     * @param option that names the file, for messages
     * @param out where results are to be written
     * @param run the run folder
     * @param inputs places that are read
     * @throws InputException if the file is in the run folder, or is an input, or an image in a folder of the inputs
     */
    static void require(String option, Path out, Path run, List<Path> inputs) {
        if (isIn(out, run)) {
            throw new InputException(new Problem(
                    "expected " + option + " outside the run folder, which predict only reads, got " + out + " in "
                            + run,
                    REMEDY));
        }
        if (!Files.isRegularFile(out)) {
            return;
        }
        for (Path input : inputs) {
            boolean isFolder = Files.isDirectory(input);
            if (isFolder ? isImage(out) && isIn(out, input) : isSame(out, input)) {
                throw new InputException(new Problem(
                        "expected " + option + " beside the inputs, got " + out + ", which is "
                                + (isFolder ? "an image in the input " : "the input ") + input,
                        REMEDY));
            }
        }
    }

    /** Whether the file, or what it leads to, is in a folder or in one below. */
    private static boolean isIn(Path file, Path folder) {
        try {
            Path real = folder.toRealPath();
            Path parent = file.toAbsolutePath().getParent();
            return parent != null && parent.toRealPath().startsWith(real)
                    || Files.exists(file) && file.toRealPath().startsWith(real);
        } catch (IOException unknown) {
            return false;
        }
    }

    private static boolean isSame(Path file, Path input) {
        try {
            return Files.isSameFile(file, input);
        } catch (IOException unknown) {
            return false;
        }
    }

    private static boolean isImage(Path file) {
        return ImageFormat.ofName(String.valueOf(file.getFileName())) != null;
    }
}
