package io.mambapkd.data.folder;

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
}
