package io.mambapkd.data.folder;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.data.formats.ImageFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** Finds the images of one class, in its folder and in those below. */
final class ClassWalk {
    private static final int DEEPEST = 16;
    private static final int MOST_ENTRIES = 10_000_000;

    private final Part part;
    private final int label;
    private final Path folder;
    private final String prefix;
    private final AtomicInteger entries;
    private final PackingListener listener;
    private final List<FolderFile> files = new ArrayList<>();
    private final List<BadFile> bad = new ArrayList<>();
    private final PassedOver passedOver = new PassedOver();
    /** The folders that the walk is in, without links. */
    private final Set<Path> above = new HashSet<>();

    private String fingerprint = "";

    /**
     * @param prefix of its files' names
     * @param entries counts those of all classes
     * @param listener may end the work
     */
    ClassWalk(Part part, int label, Path folder, String prefix, AtomicInteger entries, PackingListener listener) {
        this.part = part;
        this.label = label;
        this.folder = folder;
        this.prefix = prefix;
        this.entries = entries;
        this.listener = listener;
    }

    Part part() {
        return part;
    }

    int label() {
        return label;
    }

    Path folder() {
        return folder;
    }

    List<FolderFile> files() {
        return files;
    }

    List<BadFile> bad() {
        return bad;
    }

    PassedOver passedOver() {
        return passedOver;
    }

    /** Another text where the files have other names, sizes or times. */
    String fingerprint() {
        return fingerprint;
    }

    /** Whether there is nothing at all. */
    boolean isEmpty() {
        return files.isEmpty() && bad.isEmpty() && passedOver.others.isEmpty();
    }

    void walk() {
        walk(folder, prefix, 0);
        files.sort((a, b) -> CodePoints.ORDER.compare(a.name(), b.name()));
        bad.sort((a, b) -> CodePoints.ORDER.compare(a.name(), b.name()));
        fingerprint = Fingerprint.of(part, label, files);
    }

    private void walk(Path folder, String prefix, int depth) {
        if (depth > DEEPEST) {
            throw new InputException(new Problem(
                    "expected folders at most " + DEEPEST + " deep, got more, at " + folder,
                    "put the images higher up"));
        }
        Path real;
        try {
            real = folder.toRealPath();
        } catch (IOException e) {
            throw Children.unreadable(folder, e);
        }
        if (!above.add(real)) {
            throw new InputException(new Problem(
                    "expected folders that end, got a link that leads back to a folder above it, at " + folder,
                    "remove the link"));
        }
        for (Path child : Children.of(folder)) {
            listener.stopIfAsked();
            if (entries.incrementAndGet() > MOST_ENTRIES) {
                throw new InputException(new Problem(
                        "expected at most " + MOST_ENTRIES + " files, got more, at " + folder,
                        "name a smaller folder"));
            }
            String last = String.valueOf(child.getFileName());
            String name = prefix + last;
            FolderEntry entry = Children.look(child, name, bad);
            if (entry == null) {
                continue;
            }
            switch (entry.kind()) {
                case FOLDER -> walk(child, name + "/", depth + 1);
                case OTHER -> passedOver.special++;
                case FILE -> {
                    if (ImageFormat.ofName(last) == null) {
                        passedOver.other(last);
                    } else {
                        files.add(new FolderFile(name, child, part, label, entry.size(), entry.changed()));
                    }
                }
            }
        }
        above.remove(real);
    }
}
