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

    /** @throws InputException if the file that this option names cannot be made or replaced */
    public static void requireFile(String option, Path file) {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || Files.isDirectory(file)) {
            throw new InputException("expected a file with " + option + ", got a folder at " + file
                    + "; name a file in a folder that there is");
        }
        if (!isUsable(folder)) {
            throw new InputException("expected a file in a folder that can be written with " + option + ", got " + file
                    + " with " + found(folder) + " at " + folder + "; make the folder, or name another file");
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
