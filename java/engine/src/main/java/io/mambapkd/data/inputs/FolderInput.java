package io.mambapkd.data.inputs;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.data.folder.BadFile;
import io.mambapkd.data.folder.Children;
import io.mambapkd.data.folder.FolderEntry;
import io.mambapkd.data.folder.PassedOver;
import io.mambapkd.data.formats.ImageFormat;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The images in a folder and in those below. Each folder is gone through in the order of its names, whose list is all that is kept of it; what is no image by its name is
 * passed over, as are hidden files.
 */
final class FolderInput {
    private static final int DEEPEST = 64;

    private final PassedOver passedOver;
    private final Consumer<InputImage> sink;
    /** The folders that the walk is in, without links. */
    private final Set<Path> above = new HashSet<>();

    private FolderInput(PassedOver passedOver, Consumer<InputImage> sink) {
        this.passedOver = passedOver;
        this.sink = sink;
    }

    /** Gives all images to {@code sink}. */
    static void read(Path root, PassedOver passedOver, Consumer<InputImage> sink) {
        new FolderInput(passedOver, sink).walk(root, 0);
    }

    /** @throws InputException if there is no image in the folder and in those below, or the folder cannot be read */
    static void requireImage(Path root) {
        try {
            if (!hasImage(root, 0)) {
                throw new InputException(new Problem(
                        "expected a folder with PNG, JPEG, GIF or BMP images, got one without, at " + root,
                        "name another folder"));
            }
        } catch (IOException e) {
            throw Places.unreadable(root, e);
        } catch (DirectoryIteratorException e) {
            throw Places.unreadable(root, e.getCause());
        }
    }

    /** Looks for the first image in whatever order the system has. */
    private static boolean hasImage(Path folder, int depth) throws IOException {
        List<Path> folders = new ArrayList<>();
        try (DirectoryStream<Path> children = Files.newDirectoryStream(folder)) {
            for (Path child : children) {
                if (!Children.counts(last(child))) {
                    continue;
                }
                if (ImageFormat.ofName(last(child)) != null) {
                    return true;
                }
                if (Files.isDirectory(child)) {
                    folders.add(child);
                }
            }
        }
        for (Path below : folders) {
            // What cannot be read is named when the folder is gone through.
            if (depth >= DEEPEST || !Files.isReadable(below) || hasImage(below, depth + 1)) {
                return true;
            }
        }
        return false;
    }

    private void walk(Path folder, int depth) {
        Path real;
        Path[] names;
        try {
            real = folder.toRealPath();
            names = Children.names(folder).toArray(Path[]::new);
        } catch (IOException e) {
            bad(folder, "a folder that cannot be read (" + FileFailure.reason(e) + ")");
            return;
        }
        Arrays.sort(names);
        if (depth > DEEPEST) {
            bad(folder, "a folder that is more than " + DEEPEST + " deep");
            return;
        }
        if (!above.add(real)) {
            bad(folder, "a link that leads back to a folder above it");
            return;
        }
        for (Path name : names) {
            visit(folder.resolve(name), depth);
        }
        above.remove(real);
    }

    private void visit(Path child, int depth) {
        List<BadFile> bad = new ArrayList<>();
        FolderEntry entry = Children.look(child, child.toString(), bad);
        if (entry == null) {
            bad.forEach(file -> sink.accept(new InputImage.Unreadable(file.name(), file.what())));
            return;
        }
        switch (entry.kind()) {
            case FOLDER -> walk(child, depth + 1);
            case OTHER -> passedOver.special(1);
            case FILE -> {
                if (ImageFormat.ofName(last(child)) == null) {
                    passedOver.other(last(child));
                } else {
                    sink.accept(new InputImage.Stored(child.toString(), child));
                }
            }
        }
    }

    private void bad(Path folder, String what) {
        sink.accept(new InputImage.Unreadable(folder.toString(), what));
    }

    private static String last(Path path) {
        return String.valueOf(path.getFileName());
    }
}
