package io.mambapkd.data;

import io.mambapkd.config.ImageSize;
import io.mambapkd.data.folder.BadImages;

/**
 * How the images of a folder are read.
 *
 * @param size of all images
 * @param channels 1 or 3; 0 for what the images have
 * @param badImages what is done with those that cannot be read
 * @param cacheFolder where decoded images are kept: a path, {@code auto} for the user's cache, {@code none} for nowhere
 */
public record ImageOptions(ImageSize size, int channels, BadImages badImages, String cacheFolder) {
    /** What the images have; decoded at each start. */
    public static final ImageOptions NONE = new ImageOptions(ImageSize.AUTO, 0, BadImages.REFUSE, "none");
}
