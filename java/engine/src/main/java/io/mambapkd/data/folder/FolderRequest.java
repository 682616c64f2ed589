package io.mambapkd.data.folder;

import io.mambapkd.config.ImageSize;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A folder of images, and how they are to be.
 *
 * @param folder that holds {@code train/CLASS/*}, or {@code CLASS/*}
 * @param size of all images
 * @param channels 1 or 3; 0 for 3 where any image has colours, else 1
 * @param badImages what is done with those that cannot be read
 * @param cacheFolder where decoded images are kept; null for nowhere
 * @param threads that read and decode at the same time
 */
public record FolderRequest(
        Path folder,
        ImageSize size,
        int channels,
        BadImages badImages,
        @Nullable Path cacheFolder,
        int threads) {}
