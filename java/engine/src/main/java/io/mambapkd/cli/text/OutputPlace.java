package io.mambapkd.cli.text;

import io.mambapkd.InputException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Places that options name for files, seen to before the work whose outcome the files take. */
public final class OutputPlace {
    private OutputPlace() {}

    /** @throws InputException if files cannot be made in the folder that this option names */
    public static void requireFolder(String option, Path folder) {
        if (!isUsable(folder)) {
            throw new InputException("expected a folder that can be written with " + option + ", got " + found(folder)
                    + " at " + folder + "; make it, or name another one");
        }
    }

    private static boolean isUsable(Path folder) {
        return Files.isDirectory(folder) && Files.isWritable(folder);
    }

    private static String found(Path folder) {
        if (Files.isDirectory(folder)) {
            return "one that cannot be written";
        }
        return Files.exists(folder) ? "a file" : "nothing";
    }
}
