package io.mambapkd.data.folder;

import io.mambapkd.data.formats.ImageFormat;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What there is in a folder of images beside the images. */
public final class PassedOver {
    private static final int MOST_NAMED = 5;

    /** How many files have an ending that is none of an image. */
    final Map<String, Integer> others = new TreeMap<>();

    final List<String> notes = new ArrayList<>();
    /** Images in no folder of a class. */
    int outside;

    /** Pipes, devices and sockets. */
    int special;

    /** Links of an archive. */
    private int links;

    /** Links of an archive, whose names are of other entries. */
    public void links(int count) {
        links += count;
    }

    /** A pipe, a device or a socket. */
    public void special(int count) {
        special += count;
    }

    /** A file that is none of an image by its name. */
    public void other(String name) {
        String extension = ImageFormat.extension(name);
        others.merge(extension.isEmpty() ? "no ending" : "." + extension, 1, Integer::sum);
    }

    void add(PassedOver more) {
        more.others.forEach((ending, count) -> others.merge(ending, count, Integer::sum));
        special += more.special;
        links += more.links;
    }

    /** A sentence for each kind. */
    public List<String> notes(Path root) {
        if (outside > 0) {
            notes.add(images(outside) + " in no folder of a class and " + (outside == 1 ? "is" : "are")
                    + " passed over, at " + root);
        }
        if (!others.isEmpty()) {
            int count = others.values().stream().mapToInt(Integer::intValue).sum();
            List<String> endings = others.entrySet().stream()
                    .map(entry -> entry.getValue() + " with " + entry.getKey())
                    .toList();
            notes.add((count == 1 ? "1 file that is" : count + " files that are") + " no PNG, JPEG, GIF or BMP "
                    + (count == 1 ? "is" : "are") + " passed over (" + some(endings) + "), at " + root
                    + "; convert images of other formats if they are to count");
        }
        if (links > 0) {
            notes.add((links == 1 ? "1 link is" : links + " links are") + " passed over, at " + root + "; pack the "
                    + (links == 1 ? "file that it leads to if it is" : "files that they lead to if they are")
                    + " to count");
        }
        if (special > 0) {
            notes.add(special + (special == 1 ? " pipe, device or socket is" : " pipes, devices or sockets are")
                    + " passed over, at " + root);
        }
        return notes;
    }

    private static String images(int count) {
        return count == 1 ? "1 image is" : count + " images are";
    }

    static String some(List<String> names) {
        return String.join(", ", names.subList(0, Math.min(MOST_NAMED, names.size())))
                + (names.size() > MOST_NAMED ? ", ..." : "");
    }
}
