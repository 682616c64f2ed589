package io.mambapkd;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Locale;

/** Says in plain words why a file operation failed, for the sentences of {@link InputException}. */
public final class FileFailure {
    private FileFailure() {}

    /** The reason alone, without a path and without a full stop: {@code permission denied}, {@code no space left on device}. */
    public static String reason(IOException failure) {
        if (failure instanceof NoSuchFileException) {
            return "there is no such file or folder";
        }
        if (failure instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (failure instanceof FileAlreadyExistsException) {
            return "it exists already";
        }
        if (failure instanceof NotDirectoryException) {
            return "it is not a folder";
        }
        if (failure instanceof DirectoryNotEmptyException) {
            return "the folder is not empty";
        }
        if (failure instanceof AtomicMoveNotSupportedException) {
            return "the file system cannot replace a file in one step";
        }
        String text = failure instanceof FileSystemException system ? system.getReason() : failure.getMessage();
        if (text == null || text.isBlank()) {
            return failure.getClass().getSimpleName();
        }
        // The system's own words ("No space left on device"), made to fit into a sentence.
        boolean isAcronym = text.length() > 1 && Character.isUpperCase(text.charAt(1));
        return isAcronym ? text : text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
    }
}
