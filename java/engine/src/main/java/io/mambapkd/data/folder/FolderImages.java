package io.mambapkd.data.folder;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The images of a folder: from the cache where they are in it, else decoded and put there. */
public final class FolderImages {
    private static final int MOST_NAMED = 5;

    private FolderImages() {}

    /**
     * @param listener hears how far the decoding is
     * @throws InputException if the folder has no classes, an image cannot be read, or they differ in size where no size is asked for
     */
    public static PackedFolder open(FolderRequest request, PackingListener listener) {
        FolderListing listing = FolderScan.of(request.folder(), request.threads());
        ImageCache cache = ImageCache.of(request, listing);
        PackedFolder packed = cache.read();
        List<String> notes = new ArrayList<>(cache.notes());
        if (packed == null) {
            packed = FolderPacker.pack(request, listing, listener);
            notes.addAll(cache.write(packed));
        }
        notes.addAll(packed.notes());
        return packed.with(notes);
    }

    /** A sentence on the cache of a folder where it is not whole; empty where it is, or where there is none. */
    public static Optional<String> cacheDamage(FolderRequest request) {
        return ImageCache.damage(request);
    }

    /** Where a user's caches are: in {@code XDG_CACHE_HOME}, or {@code .cache} of the user's folder; null for a user without one. */
    public static @Nullable Path usualCache(Map<String, String> environment, String home) {
        return ImageCache.usualFolder(environment, home);
    }

    /** The refusal of a folder with files that cannot be read, all of them at once. */
    static InputException refused(Path folder, int images, List<BadFile> bad) {
        StringBuilder text = new StringBuilder("expected images that can be read, got " + bad.size() + " of " + images
                + " that cannot, at " + folder + ": ");
        for (int i = 0; i < Math.min(MOST_NAMED, bad.size()); i++) {
            text.append(i == 0 ? "" : ", ").append(bad.get(i));
        }
        if (bad.size() > MOST_NAMED) {
            text.append(", and ").append(bad.size() - MOST_NAMED).append(" more");
        }
        return new InputException(
                new Problem(text.toString(), "mend or remove them, or leave them out with --skip-bad-images"));
    }

    /** The same where they are left out. */
    static String leftOut(List<BadFile> bad) {
        return (bad.size() == 1 ? "1 image that cannot be read is" : bad.size() + " images that cannot be read are")
                + " left out: " + bad.get(0) + (bad.size() > 1 ? ", ..." : "");
    }
}
