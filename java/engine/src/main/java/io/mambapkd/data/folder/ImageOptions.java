package io.mambapkd.data.folder;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.config.Default;
import io.mambapkd.config.ImageSize;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How the images of a folder are read.
 *
 * @param size that all are brought to
 * @param channels 1 for grey, 3 for colours, or 0 for what they have
 * @param bad what is done with those that cannot be read
 * @param cacheFolder where decoded images are kept: a path, {@code auto} for the user's cache, {@code none} for nowhere
 */
public record ImageOptions(
        @Default("auto") ImageSize size,
        @Default("0") int channels,
        @Default("refuse") BadImages bad,
        @Default("auto") String cacheFolder) {
    /** What the images have; decoded at each start. */
    public static final ImageOptions NONE = new ImageOptions(ImageSize.AUTO, 0, BadImages.REFUSE, "none");

    public ImageOptions {
        if (channels != 0 && channels != 1 && channels != 3) {
            throw new InputException(
                    Problem.ofValue("images.", "channels", "1 or 3, or 0 for what the images have", channels));
        }
    }

    /**
     * The folder; null for nowhere.
     *
     * @param usual the user's; null for none
     */
    public @Nullable Path cache(Path usual) {
        try {
            return switch (cacheFolder) {
                case "none" -> null;
                case "auto" -> usual;
                default -> Path.of(cacheFolder);
            };
        } catch (InvalidPathException e) {
            throw new InputException(
                    Problem.ofValue("images.", "cacheFolder", "a folder, auto or none", "a name that cannot be one"));
        }
    }
}
