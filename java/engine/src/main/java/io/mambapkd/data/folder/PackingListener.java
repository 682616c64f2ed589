package io.mambapkd.data.folder;

import io.mambapkd.storage.LockHolder;

/** Hears how far the decoding of a folder is, and may end it. */
public interface PackingListener {
    /** For who does not want to know. */
    PackingListener NONE = (done, total, imagesPerSecond) -> {};

    /**
     * Some images are decoded. Called from several threads, one at a time.
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

    /** Called from several threads at once, several times a second from the first look at the folder on. What it throws ends the work, and is thrown by it. */
    default void stopIfAsked() {}
}
