package io.mambapkd.data.folder;

import io.mambapkd.storage.LockHolder;

/** Hears how far the decoding of a folder is. Called from several threads, one at a time. */
public interface PackingListener {
    /** For who does not want to know. */
    PackingListener NONE = (done, total, imagesPerSecond) -> {};

    /**
     * Some images are decoded.
     *
     * @param imagesPerSecond since the beginning
     */
    void progress(int done, int total, double imagesPerSecond);

    /**
     * Another process decodes the same images, and is waited for. Called several times a second; what it throws ends the waiting.
     *
     * @param holder who decodes them
     */
    default void waiting(LockHolder holder) {}
}
