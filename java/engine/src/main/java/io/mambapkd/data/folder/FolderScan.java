package io.mambapkd.data.folder;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.data.formats.ImageFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Finds the images of a folder: {@code train/CLASS/*} with {@code val} and {@code test} beside it, or {@code CLASS/*}; in folders below a class, too. Links to files and
 * folders are followed. Hidden files and what systems leave behind do not count.
 */
final class FolderScan {
    private static final int MOST_CLASSES = 256;

    private final Path root;
    private final int threads;
    private final PackingListener listener;
    private final List<String> classNames = new ArrayList<>();
    private final List<FolderFile> files = new ArrayList<>();
    private final List<BadFile> bad = new ArrayList<>();
    private final PassedOver passedOver = new PassedOver();
    private final List<ClassWalk> walks = new ArrayList<>();
    private final AtomicInteger entries = new AtomicInteger();

    private FolderScan(Path root, int threads, PackingListener listener) {
        this.root = root;
        this.threads = threads;
        this.listener = listener;
    }

    /**
     * @param threads that look into the folders of classes
     * @param listener may end the work
     * @throws InputException if the folder cannot be read, or has no classes, only one, or one without images
     */
    static FolderListing of(Path root, int threads, PackingListener listener) {
        return new FolderScan(root, threads, listener).all();
    }

    private FolderListing all() {
        requireFolder();
        Map<String, Path> top = folders(root, "");
        Map<Part, Path> parts = parts(top);
        if (parts.containsKey(Part.TRAINING)) {
            List<String> others = top.entrySet().stream()
                    .filter(entry -> !parts.containsValue(entry.getValue()))
                    .map(Map.Entry::getKey)
                    .toList();
            if (!others.isEmpty()) {
                passedOver.notes.add("folders of " + root
                        + " that are neither for training nor for validation nor for test are passed over: "
                        + PassedOver.some(others));
            }
            classes(Part.TRAINING, parts.get(Part.TRAINING));
            for (Part part : List.of(Part.VALIDATION, Part.TEST)) {
                Path folder = parts.get(part);
                if (folder != null) {
                    classes(part, folder);
                }
            }
        } else {
            top.forEach(this::requireClass);
            classes(Part.TRAINING, root, top);
        }
        walk();
        List<String> fingerprints = walks.stream().map(ClassWalk::fingerprint).toList();
        return new FolderListing(classNames, files, bad, passedOver.notes(root), fingerprints);
    }

    private void requireFolder() {
        String expected = "expected a folder of images, got ";
        try {
            if (FolderEntry.of(root).kind() != FolderEntry.Kind.FOLDER) {
                throw new InputException(new Problem(
                        expected + "a file, at " + root, "name the folder that holds a folder for each class"));
            }
        } catch (IOException e) {
            throw new InputException(
                    new Problem(
                            expected + "nothing that can be opened (" + FileFailure.reason(e) + "), at " + root,
                            "name the folder that holds a folder for each class"
                                    + (root.startsWith("~")
                                            ? "; the shell leaves ~ alone there: write $HOME in its place"
                                            : "")),
                    e);
        }
    }

    /** The folders for training, validation and test; none where the one for training holds images itself, as a class of that name does. */
    private Map<Part, Path> parts(Map<String, Path> top) {
        Map<Part, Path> parts = new HashMap<>();
        for (Part part : Part.values()) {
            for (String name : part.names()) {
                for (Map.Entry<String, Path> entry : top.entrySet()) {
                    if (entry.getKey().toLowerCase(Locale.ROOT).equals(name)) {
                        parts.putIfAbsent(part, entry.getValue());
                    }
                }
            }
        }
        Path training = parts.get(Part.TRAINING);
        if (training != null && !hasFolders(training)) {
            parts.clear();
        }
        return parts;
    }

    /** Without a folder for training, one for the test means that something is missing. */
    private void requireClass(String name, Path folder) {
        boolean isPart = List.of(Part.VALIDATION, Part.TEST).stream()
                .anyMatch(part -> part.names().contains(name.toLowerCase(Locale.ROOT)));
        if (isPart && hasFolders(folder)) {
            throw new InputException(new Problem(
                    "expected a folder train beside " + name + ", got none, at " + root,
                    "name the folder that holds train, with a folder for each class in it"));
        }
    }

    private void classes(Part part, Path folder) {
        classes(part, folder, folders(folder, folder.getFileName() + "/"));
    }

    private void classes(Part part, Path folder, Map<String, Path> found) {
        if (part == Part.TRAINING) {
            classNames.addAll(found.keySet());
            if (classNames.size() < 2 || classNames.size() > MOST_CLASSES) {
                throw new InputException(
                        new Problem(
                                "expected folders of 2 to " + MOST_CLASSES + " classes, got "
                                        + (classNames.isEmpty()
                                                ? "none"
                                                : classNames.size() == 1
                                                        ? "only " + classNames.get(0)
                                                        : Integer.toString(classNames.size()))
                                        + ", at " + folder,
                                "put the images of each class into a folder of its name, as in train/cat/1.png and train/dog/1.png"));
            }
        }
        for (Map.Entry<String, Path> entry : found.entrySet()) {
            int label = classNames.indexOf(entry.getKey());
            if (label < 0) {
                throw new InputException(new Problem(
                        "expected the classes of the training images (" + PassedOver.some(classNames) + "), got "
                                + entry.getKey() + ", at " + folder,
                        "add training images of it, or remove the folder"));
            }
            walks.add(new ClassWalk(part, label, entry.getValue(), prefix(entry.getValue()), entries, listener));
        }
    }

    /** Looks into the folders of all classes, in parallel. */
    private void walk() {
        Workers.each(walks.size(), threads, i -> walks.get(i).walk(), (done, rate) -> {});
        for (ClassWalk walk : walks) {
            if (walk.part() == Part.TRAINING && walk.files().isEmpty()) {
                throw new InputException(new Problem(
                        "expected images of the class " + classNames.get(walk.label()) + ", got "
                                + (walk.isEmpty() ? "an empty folder" : "none that is read (PNG, JPEG, GIF, BMP)")
                                + ", at " + walk.folder(),
                        "add images, or remove the folder"));
            }
            files.addAll(walk.files());
            bad.addAll(walk.bad());
            passedOver.add(walk.passedOver());
        }
    }

    private String prefix(Path folder) {
        return root.relativize(folder).toString().replace('\\', '/') + "/";
    }

    private boolean hasFolders(Path folder) {
        return Children.of(folder).stream().anyMatch(Files::isDirectory);
    }

    /** The folders in a folder by their names, which are compared as letters, however their accents are written. */
    private Map<String, Path> folders(Path folder, String prefix) {
        Map<String, Path> folders = new TreeMap<>(CodePoints.ORDER);
        for (Path child : Children.of(folder)) {
            FolderEntry entry = Children.look(child, prefix + child.getFileName(), bad);
            if (entry == null) {
                continue;
            }
            if (entry.kind() != FolderEntry.Kind.FOLDER) {
                passedOver.outside += ImageFormat.ofName(String.valueOf(child.getFileName())) == null ? 0 : 1;
                continue;
            }
            String name = Normalizer.normalize(String.valueOf(child.getFileName()), Normalizer.Form.NFC);
            Path other = folders.put(name, child);
            if (other != null) {
                throw new InputException(new Problem(
                        "expected folders of different names, got " + name
                                + " twice, with its accents written in two ways, at " + folder,
                        "put the images of both into one"));
            }
        }
        return folders;
    }
}
