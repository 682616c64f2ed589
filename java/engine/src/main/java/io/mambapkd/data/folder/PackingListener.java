package io.mambapkd.data.folder;

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

    /** Called from several threads at once, several times a second from the first look at the folder on. What it throws ends the work, and is thrown by it. */
    default void stopIfAsked() {}
}
